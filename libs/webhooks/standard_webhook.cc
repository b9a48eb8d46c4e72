#include "libs/webhooks/standard_webhook.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_split.h"
#include "fmt/format.h"
#include "libs/base/digest.h"
#include "libs/base/errors.h"

namespace orderflow::webhooks {
namespace {

constexpr std::string_view kVersion = "v1,";
constexpr size_t kIdSizeMax = 256;
constexpr size_t kTimestampSizeMax = 12;    // digits; a year beyond 30,000
constexpr size_t kSignatureSizeMax = 1024;  // of the whole header: about twenty signatures

std::string SignatureOf(const SigningSecret& secret, std::string_view id,
                        std::string_view timestamp, std::string_view body) {
  std::string content;
  content.reserve(id.size() + timestamp.size() + body.size() + 2);
  content.append(id).append(".").append(timestamp).append(".").append(body);
  return fmt::format("{}{}", kVersion, absl::Base64Escape(HmacSha256(secret.key(), content)));
}

// Digits only: no sign, no space, no fraction.
std::optional<Timestamp> ParseTimestamp(std::string_view text) {
  const bool digits = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (text.empty() || text.size() > kTimestampSizeMax || !digits) {
    return std::nullopt;
  }
  int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return Timestamp(std::chrono::seconds(seconds));
}

absl::Status Malformed(std::string_view header, std::string_view rule) {
  return TypedError(absl::StatusCode::kInvalidArgument,
                    fmt::format("verify a webhook: {} {}", header, rule), kMalformedReason);
}

}  // namespace

bool IsWebhookId(std::string_view text) {
  return !text.empty() && text.size() <= kIdSizeMax &&
         std::all_of(text.begin(), text.end(),
                     [](unsigned char c) { return absl::ascii_isgraph(c) && c != '.'; });
}

WebhookHeaders Sign(const SigningSecret& secret, std::string_view id, Timestamp now,
                    std::string_view body) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  WebhookHeaders headers;
  headers.id = id;
  headers.timestamp = std::to_string(seconds);
  headers.signature = SignatureOf(secret, headers.id, headers.timestamp, body);
  return headers;
}

bool WebhookVerifier::IsSigned(const WebhookHeaders& headers, std::string_view body) const {
  const std::vector<std::string> given =
      absl::StrSplit(headers.signature, ' ', absl::SkipWhitespace());
  bool found = false;
  for (const SigningSecret& secret : secrets_) {
    const std::string right = SignatureOf(secret, headers.id, headers.timestamp, body);
    for (const std::string& signature : given) {
      found = EqualInConstantTime(signature, right) || found;
    }
  }
  return found;
}

absl::Status WebhookVerifier::Verify(const WebhookHeaders& headers, std::string_view body,
                                     Timestamp now) const {
  if (!IsWebhookId(headers.id)) {
    return Malformed(kIdHeader, "must be 1 to 256 printable characters without spaces and dots");
  }
  const std::optional<Timestamp> sent = ParseTimestamp(headers.timestamp);
  if (!sent.has_value()) {
    return Malformed(kTimestampHeader, "must be seconds since 1970, digits only");
  }
  if (headers.signature.empty() || headers.signature.size() > kSignatureSizeMax) {
    return Malformed(kSignatureHeader, "must be 1 to 1024 bytes");
  }
  if (!IsSigned(headers, body)) {
    return TypedError(absl::StatusCode::kUnauthenticated,
                      "verify a webhook: no signature was made with a secret of ours",
                      kWrongSignatureReason);
  }
  if (*sent < now - kTimestampTolerance || *sent > now + kTimestampTolerance) {
    return TypedError(
        absl::StatusCode::kUnauthenticated,
        fmt::format("verify a webhook: its time is {} s from ours, at most {} s are allowed; "
                    "compare the clocks",
                    std::chrono::duration_cast<std::chrono::seconds>(*sent - now).count(),
                    std::chrono::duration_cast<std::chrono::seconds>(kTimestampTolerance).count()),
        kTooOldReason);
  }
  return absl::OkStatus();
}

}  // namespace orderflow::webhooks
