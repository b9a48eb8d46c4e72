#include "libs/auth/json_web_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/auth/testing/token_issuer.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::auth {
namespace {

using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kEncryption[] = R"({"kty":"RSA","use":"enc","kid":"e","n":"AQAB","e":"AQAB"})";
constexpr char kOtherCurve[] = R"({"kty":"EC","crv":"P-384","kid":"c","x":"AA","y":"AA"})";
constexpr char kSymmetric[] = R"({"kty":"oct","kid":"o","k":"c2VjcmV0"})";

TEST(JsonWebKeys, AreThoseThatWeCanVerifyWith) {
  const TokenIssuer rsa("a", 2048);
  const TokenIssuer elliptic("b", 0);

  EXPECT_THAT(ParseJsonWebKeys(KeySetOf(
                  {rsa.public_key(), kEncryption, kOtherCurve, kSymmetric, elliptic.public_key()})),
              IsOkAndHolds(ElementsAre(JsonWebKey{"a", "RS256", rsa.public_pem()},
                                       JsonWebKey{"b", "ES256", elliptic.public_pem()})));
}

// RFC 7518 A.1, whose curve points others have checked.
TEST(JsonWebKeys, ReadsTheKeyOfTheStandard) {
  const auto keys = ParseJsonWebKeys(
      R"({"keys":[{"kty":"EC","crv":"P-256","kid":"1","use":"sig",
          "x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
          "y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}]})");
  ASSERT_TRUE(keys.ok()) << keys.status();
  EXPECT_THAT(keys->at(0).pem, HasSubstr("BEGIN PUBLIC KEY"));
}

TEST(JsonWebKeys, AreRefusedWhenOneOfOursIsBroken) {
  const TokenIssuer good("a", 0);
  const auto expect = [](const std::string& text, const std::string& why) {
    EXPECT_THAT(ParseJsonWebKeys(text),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(why)))
        << text;
  };
  expect("", "no JSON object");
  expect("[]", "no JSON object");
  expect(R"({"keys":{}})", "no JSON object");
  expect(R"({"keys":[1]})", "no object");
  expect(R"({"keys":[]})", "no key for RS256 or ES256");
  expect(KeySetOf({kSymmetric}), "no key for RS256 or ES256");
  expect(KeySetOf({good.public_key(), good.public_key()}), "of its own");
  expect(KeySetOf({TokenIssuer("", 0).public_key()}), "of its own");
  expect(KeySetOf({TokenIssuer("weak", 1024).public_key()}), "\"weak\"");
  expect(R"({"keys":[{"kty":"RSA","kid":"r","n":"*","e":"AQAB"}]})", "\"r\"");
  expect(
      R"({"keys":[{"kty":"EC","crv":"P-256","kid":"off","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
                      "y":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"}]})",
      "\"off\"");
}

}  // namespace
}  // namespace orderflow::auth
