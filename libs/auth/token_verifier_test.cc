// The tokens that must not get in (RFC 8725), and the few that must.
#include "libs/auth/token_verifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "libs/auth/testing/token_issuer.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::auth {
namespace {

using nlohmann::json;
using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int64_t kNow = 1'800'000'000;

class TokenVerifierTest : public ::testing::Test {
 protected:
  absl::StatusOr<Claims> Verify(std::string_view token, int64_t now = kNow) const {
    return VerifyToken(token, keys_, rules_, Timestamp(seconds(now)));
  }

  void ExpectRefused(const std::string& token, const std::string& why, int64_t now = kNow) const {
    EXPECT_THAT(Verify(token, now), StatusIs(absl::StatusCode::kUnauthenticated, HasSubstr(why)))
        << token;
  }

  // The claims of a good token with some of them changed; null takes one out.
  static std::string ClaimsWith(const json& changes = json::object()) {
    json claims{{"iss", "https://id.example"}, {"aud", "orderflow"}, {"sub", "customer-1"},
                {"scope", "orders refunds"},   {"iat", kNow - 10},   {"exp", kNow + 300}};
    claims.merge_patch(changes);
    return claims.dump();
  }

  // Made once: an RSA key takes a tenth of a second.
  static const TokenIssuer& Rsa() {
    static const TokenIssuer issuer("rsa", 2048);
    return issuer;
  }

  const TokenIssuer& rsa_ = Rsa();
  const TokenIssuer elliptic_{"ec", 0};
  const TokenRules rules_{.issuer = "https://id.example", .audience = "orderflow"};
  const std::vector<JsonWebKey> keys_ =
      *ParseJsonWebKeys(KeySetOf({rsa_.public_key(), elliptic_.public_key()}));
};

TEST_F(TokenVerifierTest, TellsWhoseTokenItIs) {
  for (const TokenIssuer* issuer : {&rsa_, &elliptic_}) {
    const auto claims = Verify(issuer->Sign(ClaimsWith()));
    ASSERT_TRUE(claims.ok()) << claims.status();
    EXPECT_EQ(claims->subject, "customer-1");
    EXPECT_THAT(claims->scopes, ElementsAre("orders", "refunds"));
  }
}

TEST_F(TokenVerifierTest, TakesOneOfSeveralAudiencesAndNoScope) {
  const auto claims =
      Verify(rsa_.Sign(ClaimsWith({{"aud", {"other", "orderflow"}}, {"scope", nullptr}})));
  ASSERT_TRUE(claims.ok()) << claims.status();
  EXPECT_THAT(claims->scopes, ElementsAre());
}

TEST_F(TokenVerifierTest, TakesTheSubjectsThatIdentityProvidersUse) {
  for (const std::string subject : {"auth0|5f7c8ec7c33c6c004bbafe82", "ann@example.com",
                                    "system:serviceaccount:shop:ops", "J\u00fcrgen"}) {
    const auto claims = Verify(rsa_.Sign(ClaimsWith({{"sub", subject}})));
    ASSERT_TRUE(claims.ok()) << claims.status();
    EXPECT_EQ(claims->subject, subject);
  }
}

TEST_F(TokenVerifierTest, AllowsForTheClocksAndNoMore) {
  const std::string token = rsa_.Sign(ClaimsWith({{"nbf", kNow}, {"exp", kNow + 300}}));
  EXPECT_THAT(Verify(token, kNow - 30), IsOk());
  ExpectRefused(token, "not valid yet", kNow - 31);
  EXPECT_THAT(Verify(token, kNow + 329), IsOk());
  ExpectRefused(token, "expired", kNow + 330);
}

TEST_F(TokenVerifierTest, RefusesClaimsThatDoNotHold) {
  ExpectRefused(rsa_.Sign(ClaimsWith({{"iss", "https://other.example"}})), "issuer");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"iss", nullptr}})), "issuer");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"aud", "orderflow2"}})), "audience");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"aud", nullptr}})), "audience");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"aud", json::array()}})), "audience");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"exp", nullptr}})), "expired");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"exp", "tomorrow"}})), "expired");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"exp", -1}})), "expired");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"exp", 1e300}})), "expired");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"nbf", "soon"}})), "not valid yet");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"sub", ""}})), "who it is about");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"sub", 7}})), "who it is about");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"sub", std::string(256, 'a')}})), "more than 255 bytes");
  ExpectRefused(rsa_.Sign(ClaimsWith({{"sub", "ann\nlevel=error"}})), "printable");
}

TEST_F(TokenVerifierTest, TheAlgorithmIsTheKeysAndNotTheTokens) {
  const std::string none = R"({"alg":"none","kid":"rsa"})";
  ExpectRefused(AnyToken(none, ClaimsWith(), ""), "no key that is known");
  ExpectRefused(AnyToken(R"({"alg":"nOnE","kid":"rsa"})", ClaimsWith(), ""), "accepted");
  ExpectRefused(AnyToken(R"({"kid":"rsa"})", ClaimsWith(), ""), "accepted");
  // The public key, which everybody has, taken for the secret of an HMAC.
  ExpectRefused(HmacToken(R"({"alg":"HS256","kid":"rsa"})", ClaimsWith(), rsa_.public_pem()),
                "no key that is known");
  ExpectRefused(HmacToken(R"({"alg":"RS256","kid":"rsa"})", ClaimsWith(), rsa_.public_pem()),
                "signature");
  ExpectRefused(rsa_.Sign(ClaimsWith(), R"({"kid":"ec"})"), "no key that is known");
  ExpectRefused(rsa_.Sign(ClaimsWith(), R"({"alg":"ES256","kid":"ec"})"), "signature");
}

TEST_F(TokenVerifierTest, TheKeyIsOneOfOursWhateverTheTokenNames) {
  const TokenIssuer stranger("ec", 0);
  ExpectRefused(stranger.Sign(ClaimsWith()), "signature");
  ExpectRefused(
      stranger.Sign(ClaimsWith(),
                    R"({"jku":"https://evil.example/keys","x5u":"https://evil.example"})"),
      "signature");
  ExpectRefused(stranger.Sign(ClaimsWith(), "{\"jwk\":" + stranger.public_key() + "}"),
                "signature");
  for (const char* id : {"../../etc/passwd", "rsa'; DROP TABLE orders;--", "", "RSA", "%s%n"}) {
    ExpectRefused(stranger.Sign(ClaimsWith(), json{{"kid", id}}.dump()), "no key that is known");
  }
  ExpectRefused(rsa_.Sign(ClaimsWith(), R"({"kid":["rsa"]})"), "no key that is known");
  ExpectRefused(rsa_.Sign(ClaimsWith(), R"({"crit":["exp"]})"), "header");
}

TEST_F(TokenVerifierTest, RefusesWhatHasBeenTamperedWith) {
  const std::string token = rsa_.Sign(ClaimsWith());
  const size_t first = token.find('.');
  const size_t second = token.rfind('.');
  const std::string forged = AnyToken("{}", ClaimsWith({{"sub", "customer-2"}}), "");
  const size_t claims = forged.find('.');
  const std::string other = forged.substr(claims, forged.rfind('.') - claims);

  ExpectRefused(token.substr(0, first) + other + token.substr(second), "signature");
  ExpectRefused(token.substr(0, second + 1), "signature");
  ExpectRefused(token.substr(0, second), "accepted");
  ExpectRefused(token + "A", "signature");
}

TEST_F(TokenVerifierTest, RefusesWhatIsNoToken) {
  for (const std::string& text :
       {std::string(), std::string("."), std::string(".."), std::string("..."),
        std::string("a.b.c"), std::string("\xff\xfe.\xff.\xff"), std::string(100'000, 'a'),
        std::string("e30.e30."), AnyToken("[]", "[]", "x"), AnyToken("{}", "1", "x"),
        AnyToken("{\"alg\":" + std::string(900, '[') + "}", "{}", "x")}) {
    ExpectRefused(text, "accepted");
  }
  std::string with_nul = rsa_.Sign(ClaimsWith());
  with_nul += std::string("\0x", 2);
  ExpectRefused(with_nul, "no token");
}

TEST_F(TokenVerifierTest, SaysNothingOfWhatTheTokenHeld) {
  const auto refused = Verify(rsa_.Sign(ClaimsWith({{"iss", "s3cret-issuer"}, {"sub", "ann"}})));
  EXPECT_THAT(Message(refused.status()), ::testing::Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace orderflow::auth
