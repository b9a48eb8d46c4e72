#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace orderflow::auth {

// A public key that tokens are signed with the other half of.
struct JsonWebKey {
  std::string id;         // "kid"
  std::string algorithm;  // "RS256" or "ES256"; a token that says anything else is not of this key
  std::string pem;        // SubjectPublicKeyInfo

  bool operator==(const JsonWebKey&) const = default;
};

// The keys of a JSON Web Key Set (RFC 7517) that we can use: RSA of at least 2048 bits for RS256
// and P-256 for ES256. What is meant for encryption or is of another kind is passed over, as the
// RFC asks. kInvalidArgument when the text is no key set, a key of ours is broken, weak or has no
// id or the id of another, or none is left. libjwt 1.x knows PEM only, so this is ours.
absl::StatusOr<std::vector<JsonWebKey>> ParseJsonWebKeys(std::string_view json);

}  // namespace orderflow::auth
