#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/auth/json_web_keys.h"
#include "libs/base/clock.h"

namespace orderflow::auth {

// Who must have issued a token, and for whom.
struct TokenRules {
  std::string issuer;    // "iss", exactly
  std::string audience;  // "aud": it, or a list that has it
  Duration clock_skew{std::chrono::seconds(30)};
};

// What a verified token says.
struct Claims {
  std::string subject;              // "sub": the customer, or who operates; printable
  std::vector<std::string> scopes;  // "scope", split at spaces (RFC 8693)
};

// Verifies JSON Web Tokens (RFC 7519) as RFC 8725 asks: the algorithm is the key's, never the
// token's; the key is one of `keys`, found by "kid" alone; issuer, audience, expiry (required) and
// "nbf" hold; nothing that a token may name ("jku", "x5c", "crit") is followed. kUnauthenticated
// says what is wrong, never what the token held. Pure.
absl::StatusOr<Claims> VerifyToken(std::string_view token, const std::vector<JsonWebKey>& keys,
                                   const TokenRules& rules, Timestamp now);

}  // namespace orderflow::auth
