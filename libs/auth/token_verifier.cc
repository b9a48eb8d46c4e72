#include "libs/auth/token_verifier.h"

#include <jwt.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>

#include "absl/strings/str_split.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/validation.h"

namespace orderflow::auth {
namespace {

using nlohmann::json;
using Token = std::unique_ptr<jwt_t, void (*)(jwt_t*)>;

constexpr size_t kTokenBytesMax = 4096;
// As OpenID Connect bounds it. Identity providers use all kinds of characters ("auth0|5f7", an
// address); what a customer's id may be is for the access rules to say.
constexpr size_t kSubjectBytesMax = 255;

absl::Status Refused(const std::string& why) {
  return TypedError(absl::StatusCode::kUnauthenticated,
                    "the bearer token is not accepted: " + why + "; get a new one",
                    "TOKEN_REFUSED");
}

// With an empty key nothing is verified: that is for finding the key.
Token Decode(const std::string& token, std::string_view key) {
  jwt_t* decoded = nullptr;
  const auto* bytes = key.empty() ? nullptr : reinterpret_cast<const unsigned char*>(key.data());
  if (jwt_decode(&decoded, token.c_str(), bytes, static_cast<int>(key.size())) != 0) {
    decoded = nullptr;
  }
  return {decoded, jwt_free};
}

// Header or claims as JSON. libjwt's typed getters take a missing number for zero.
json Parsed(char* text) {
  const std::unique_ptr<char, void (*)(void*)> owned(text, std::free);
  return json::parse(text == nullptr ? "" : text, nullptr, /*allow_exceptions=*/false);
}

std::string TextOf(const json& object, const char* member) {
  const auto found = object.find(member);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Seconds since 1970, which may have a fraction; nothing when missing or no such number.
std::optional<Duration> TimeOf(const json& claims, const char* member) {
  constexpr double kSecondsMax = 1e11;
  const auto found = claims.find(member);
  if (found == claims.end() || !found->is_number()) {
    return std::nullopt;
  }
  const double seconds = found->get<double>();
  if (!(seconds >= 0 && seconds <= kSecondsMax)) {
    return std::nullopt;
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

bool IsFor(const json& claims, const std::string& audience) {
  const auto found = claims.find("aud");
  if (found == claims.end()) {
    return false;
  }
  return *found == audience ||
         (found->is_array() && std::find(found->begin(), found->end(), audience) != found->end());
}

absl::Status CheckClaims(const json& claims, const TokenRules& rules, Timestamp now) {
  if (TextOf(claims, "iss") != rules.issuer) {
    return Refused("it is of another issuer");
  }
  if (!IsFor(claims, rules.audience)) {
    return Refused("it is for another audience");
  }
  const auto expiry = TimeOf(claims, "exp");
  const Duration time = now.time_since_epoch();
  if (!expiry || time >= *expiry + rules.clock_skew) {
    return Refused("it has expired, or does not say when it does");
  }
  const auto not_before = TimeOf(claims, "nbf");
  if ((claims.contains("nbf") && !not_before) ||
      (not_before && time < *not_before - rules.clock_skew)) {
    return Refused("it is not valid yet");
  }
  const std::string subject = TextOf(claims, "sub");
  if (subject.empty()) {
    return Refused("it does not say who it is about");
  }
  if (!IsText(subject, kSubjectBytesMax)) {
    return Refused("it says who it is about in more than 255 bytes, or not in printable ones");
  }
  return absl::OkStatus();
}

// Text in JSON may hold a NUL, at which libjwt's C strings would end.
bool HasNul(std::string_view token) { return token.find('\0') != std::string_view::npos; }

}  // namespace

absl::StatusOr<Claims> VerifyToken(std::string_view text, const std::vector<JsonWebKey>& keys,
                                   const TokenRules& rules, Timestamp now) {
  if (text.size() > kTokenBytesMax || HasNul(text)) {
    return Refused("it is too long, or no token");
  }
  const std::string token(text);
  const Token unverified = Decode(token, "");
  if (unverified == nullptr) {
    return Refused("it is no JSON Web Token");
  }
  const json header = Parsed(jwt_get_headers_json(unverified.get(), nullptr));
  if (!header.is_object() || header.contains("crit")) {
    return Refused("its header asks for what is not known here");
  }
  const std::string id = TextOf(header, "kid");
  const auto key = std::find_if(keys.begin(), keys.end(),
                                [&id](const JsonWebKey& known) { return known.id == id; });
  if (key == keys.end() || TextOf(header, "alg") != key->algorithm) {
    return Refused("it is signed with no key that is known here");
  }
  const Token verified = Decode(token, key->pem);
  if (verified == nullptr || jwt_alg_str(jwt_get_alg(verified.get())) != key->algorithm) {
    return Refused("its signature is wrong");
  }
  const json claims = Parsed(jwt_get_grants_json(verified.get(), nullptr));
  if (!claims.is_object()) {
    return Refused("its claims are no object");
  }
  RETURN_IF_ERROR(CheckClaims(claims, rules, now));
  return Claims{.subject = TextOf(claims, "sub"),
                .scopes = absl::StrSplit(TextOf(claims, "scope"), ' ', absl::SkipEmpty())};
}

}  // namespace orderflow::auth
