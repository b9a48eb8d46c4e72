#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace orderflow::webhooks {

// A key that sender and receiver share, written "whsec_" and base64 of 24 to 64 bytes.
class SigningSecret {
 public:
  // kInvalidArgument, which does not repeat the text, when it is not of that form.
  static absl::StatusOr<SigningSecret> Parse(std::string_view text);

  const std::string& key() const { return key_; }

 private:
  explicit SigningSecret(std::string key) : key_(std::move(key)) {}

  std::string key_;
};

// One to four secrets, separated by spaces: more than one while a secret is being replaced.
// kInvalidArgument names the place of the first that is wrong, never its text.
absl::StatusOr<std::vector<SigningSecret>> ParseSigningSecrets(std::string_view text);

}  // namespace orderflow::webhooks
