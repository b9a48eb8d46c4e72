// Tokens that must not get in, at a running stack: forged, worn out, meant for others.
#include <string>
#include <utility>
#include <vector>

#include "tests/e2e/hostile_callers.h"

namespace orderflow::e2e {
namespace {

using absl::StatusCode;
using nlohmann::json;

using HostileTokens = HostileCallers;

// Tokens of the victim, each wrong in one respect, for the victim's own order.
TEST_F(HostileTokens, NoneGetsInAndNothingChanges) {
  std::vector<Probe> probes;
  const auth::TokenIssuer stranger("local", 2048);
  const std::string claims = Claims(victim_);
  const std::string good = issuer_.Sign(claims);
  const std::string signature = good.substr(good.rfind('.') + 1);
  const std::string unsigned_part = good.substr(0, good.rfind('.') + 1);
  const std::string none = R"({"alg":"none","typ":"JWT","kid":"local"})";
  const auto with = [&](const json& changes) {
    return Bearer(issuer_.Sign(Claims(victim_, changes)));
  };
  const auto header = [&](const json& changes) {
    return Bearer(issuer_.Sign(claims, changes.dump()));
  };
  const std::string other = auth::AnyToken("{}", Claims(victim_, {{"scope", "orders.read"}}), "");
  const std::string raised = other.substr(other.find('.'), other.rfind('.') - other.find('.') + 1);
  const std::vector<std::pair<std::string, std::vector<std::string>>> forged{
      {"no token", {}},
      {"an empty token", {"Bearer "}},
      {"basic authentication", {"Basic YW5uOnNlY3JldA=="}},
      {"a token without scheme", {good}},
      {"two tokens", {Bearer(good), Bearer(good)}},
      {"alg none", {Bearer(auth::AnyToken(none, claims, ""))}},
      {"alg nOnE", {Bearer(auth::AnyToken(R"({"alg":"nOnE","kid":"local"})", claims, ""))}},
      {"alg none with a signature", {Bearer(auth::AnyToken(none, claims, "signature"))}},
      {"HMAC with the public key",
       {Bearer(auth::HmacToken(R"({"alg":"HS256","kid":"local"})", claims, issuer_.public_pem()))}},
      {"HMAC as RS256",
       {Bearer(auth::HmacToken(R"({"alg":"RS256","kid":"local"})", claims, issuer_.public_pem()))}},
      {"another algorithm of the same key", {header({{"alg", "RS512"}})}},
      {"expired", {with({{"exp", SecondsFromNow(-60)}})}},
      {"without expiry", {with({{"exp", nullptr}})}},
      {"expiry as text", {with({{"exp", "never"}})}},
      {"an endless expiry", {with({{"exp", 1e300}})}},
      {"not valid yet", {with({{"nbf", SecondsFromNow(3600)}})}},
      {"another audience", {with({{"aud", "elsewhere"}})}},
      {"no audience", {with({{"aud", nullptr}})}},
      {"another issuer", {with({{"iss", "https://evil.example"}})}},
      {"no issuer", {with({{"iss", nullptr}})}},
      {"no subject", {with({{"sub", nullptr}})}},
      {"another key of the same name", {Bearer(stranger.Sign(claims))}},
      {"an unknown key", {header({{"kid", "other"}})}},
      {"a key that is a path", {header({{"kid", "../../../../etc/passwd"}})}},
      {"a key that is SQL", {header({{"kid", kHostileSql}})}},
      {"keys of its own by URL",
       {Bearer(stranger.Sign(claims, R"({"jku":"https://127.0.0.1/keys"})"))}},
      {"a key of its own",
       {Bearer(stranger.Sign(claims, "{\"jwk\":" + stranger.public_key() + "}"))}},
      {"an unknown critical header", {header({{"crit", {"exp"}}})}},
      {"without signature", {Bearer(unsigned_part)}},
      {"raised scope, old signature",
       {Bearer(good.substr(0, good.find('.')) + raised + signature)}},
      {"a very long token", {with({{"x", std::string(5'000, 'a')}})}}};
  for (const auto& entry : forged) {
    probes.push_back(
        {entry.first, {StatusCode::kUnauthenticated}, [this, authorization = entry.second] {
           return GetOrder(Customer(authorization), order_id_);
         }});
  }
  probes.push_back(
      {"a huge header",
       {StatusCode::kUnauthenticated, StatusCode::kResourceExhausted, StatusCode::kUnavailable,
        StatusCode::kInternal},
       [this] { return GetOrder(Customer({Bearer(std::string(60'000, 'a'))}), order_id_); }});

  ExpectRefused(probes);
}

}  // namespace
}  // namespace orderflow::e2e
