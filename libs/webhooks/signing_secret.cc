#include "libs/webhooks/signing_secret.h"

#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"

namespace orderflow::webhooks {
namespace {

constexpr std::string_view kPrefix = "whsec_";
constexpr size_t kKeyBytesMin = 24;
constexpr size_t kKeyBytesMax = 64;
constexpr size_t kSecretsMax = 4;
constexpr char kReason[] = "WEBHOOK_SECRET_INVALID";

absl::Status Invalid(const std::string& problem) {
  return TypedError(absl::StatusCode::kInvalidArgument, problem, kReason);
}

}  // namespace

absl::StatusOr<SigningSecret> SigningSecret::Parse(std::string_view text) {
  std::string key;
  if (!text.starts_with(kPrefix) ||
      !absl::Base64Unescape(std::string(text.substr(kPrefix.size())), &key) ||
      key.size() < kKeyBytesMin || key.size() > kKeyBytesMax) {
    return Invalid("a webhook secret must be whsec_ and base64 of 24 to 64 bytes");
  }
  return SigningSecret(std::move(key));
}

absl::StatusOr<std::vector<SigningSecret>> ParseSigningSecrets(std::string_view text) {
  const std::vector<std::string> parts =
      absl::StrSplit(std::string(text), ' ', absl::SkipWhitespace());
  if (parts.empty() || parts.size() > kSecretsMax) {
    return Invalid(fmt::format("there must be 1 to {} webhook secrets, separated by spaces, not {}",
                               kSecretsMax, parts.size()));
  }
  std::vector<SigningSecret> secrets;
  for (const std::string& part : parts) {
    absl::StatusOr<SigningSecret> secret = SigningSecret::Parse(part);
    if (!secret.ok()) {
      return Invalid(fmt::format("{} (number {} of {})", Message(secret.status()),
                                 secrets.size() + 1, parts.size()));
    }
    secrets.push_back(*std::move(secret));
  }
  return secrets;
}

}  // namespace orderflow::webhooks
