#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/webhooks/signing_secret.h"

namespace orderflow::webhooks {

// Standard Webhooks 1.0, symmetric scheme: the headers that travel beside a body.
inline constexpr char kIdHeader[] = "webhook-id";
inline constexpr char kTimestampHeader[] = "webhook-timestamp";
inline constexpr char kSignatureHeader[] = "webhook-signature";

struct WebhookHeaders {
  std::string id{};         // the same for each try to deliver one message
  std::string timestamp{};  // of the try, seconds since 1970
  std::string signature{};  // "v1,<base64>", several separated by spaces

  bool operator==(const WebhookHeaders&) const = default;
};

// The headers for one try to deliver `body`. `id` must be a valid id, see IsWebhookId.
WebhookHeaders Sign(const SigningSecret& secret, std::string_view id, Timestamp now,
                    std::string_view body);

// 1 to 256 printable ASCII characters without spaces and dots: a dot ends the id in what is signed.
bool IsWebhookId(std::string_view text);

// Reasons of Verify's errors (ErrorDetails::reason).
inline constexpr char kMalformedReason[] = "WEBHOOK_MALFORMED";
inline constexpr char kWrongSignatureReason[] = "WEBHOOK_SIGNATURE_WRONG";
inline constexpr char kTooOldReason[] = "WEBHOOK_TIMESTAMP_TOO_FAR";

// How far the sender's clock and a webhook's way may set its timestamp apart from ours.
inline constexpr Duration kTimestampTolerance = std::chrono::minutes(5);

// Tells whether a webhook comes from somebody who has one of the secrets. Immutable, threadsafe.
class WebhookVerifier {
 public:
  explicit WebhookVerifier(std::vector<SigningSecret> secrets) : secrets_(std::move(secrets)) {}

  // OK: one of the signatures was made with one of the secrets, within the tolerance before or
  // after `now`. kInvalidArgument (WEBHOOK_MALFORMED): a header is missing or not of its form.
  // kUnauthenticated: no signature is right (WEBHOOK_SIGNATURE_WRONG), or one is and its time is
  // too far from ours (WEBHOOK_TIMESTAMP_TOO_FAR). Errors repeat neither secret nor body nor
  // signature.
  absl::Status Verify(const WebhookHeaders& headers, std::string_view body, Timestamp now) const;

 private:
  bool IsSigned(const WebhookHeaders& headers, std::string_view body) const;

  const std::vector<SigningSecret> secrets_;
};

}  // namespace orderflow::webhooks
