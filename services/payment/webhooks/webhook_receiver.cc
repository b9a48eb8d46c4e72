#include "services/payment/webhooks/webhook_receiver.h"

#include <utility>

#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "services/payment/webhooks/provider_event.h"

namespace orderflow::payment {

const char* ToString(WebhookResult result) {
  switch (result) {
    case WebhookResult::kAccepted:
      return "accepted";
    case WebhookResult::kDuplicate:
      return "duplicate";
    case WebhookResult::kIgnored:
      return "ignored";
    case WebhookResult::kMalformed:
      return "malformed";
    case WebhookResult::kWrongSignature:
      return "wrong_signature";
    case WebhookResult::kTooOld:
      return "too_old";
    case WebhookResult::kRefused:
      break;
  }
  return "refused";
}

WebhookReceiver::WebhookReceiver(webhooks::WebhookVerifier verifier, OutcomeHints& hints,
                                 const Clock& clock, telemetry::Metrics& metrics,
                                 WebhookReceiverOptions options)
    : verifier_(std::move(verifier)), hints_(hints), clock_(clock), options_(options) {
  for (const WebhookResult result :
       {WebhookResult::kAccepted, WebhookResult::kDuplicate, WebhookResult::kIgnored,
        WebhookResult::kMalformed, WebhookResult::kWrongSignature, WebhookResult::kTooOld,
        WebhookResult::kRefused}) {
    counters_[result] = &metrics.AddCounter(
        "orderflow_payment_webhooks_total",
        "Webhooks of the payment provider, by what they led to.", {{"result", ToString(result)}});
  }
}

WebhookResult WebhookReceiver::Receive(const webhooks::WebhookHeaders& headers,
                                       std::string_view body) {
  const WebhookResult result = Judge(headers, body);
  counters_.at(result)->Increment();
  return result;
}

WebhookResult WebhookReceiver::Judge(const webhooks::WebhookHeaders& headers,
                                     std::string_view body) {
  if (const absl::Status verified = verifier_.Verify(headers, body, clock_.Now()); !verified.ok()) {
    const std::string reason = DetailsOf(verified).reason;
    LogUnverified(reason);
    if (reason == webhooks::kMalformedReason) {
      return WebhookResult::kMalformed;
    }
    return reason == webhooks::kTooOldReason ? WebhookResult::kTooOld
                                             : WebhookResult::kWrongSignature;
  }
  const absl::StatusOr<std::optional<OperationKey>> operation = ParseProviderEvent(body);
  if (!operation.ok()) {
    // Authentic, so it tells of the provider or of us, not of strangers.
    telemetry::LogWarning("a signed webhook cannot be read",
                          {{"webhook_id", headers.id}, {"error", Message(operation.status())}});
    return WebhookResult::kMalformed;
  }
  return operation->has_value() ? PassOn(headers.id, **operation) : WebhookResult::kIgnored;
}

WebhookResult WebhookReceiver::PassOn(const std::string& id, const OperationKey& operation) {
  MutexLock lock(mutex_);
  if (ids_.contains(id)) {
    return WebhookResult::kDuplicate;
  }
  if (!hints_.Offer(operation)) {
    return WebhookResult::kRefused;
  }
  ids_.insert(id);
  ids_in_order_.push_back(id);
  if (ids_in_order_.size() > options_.ids_max) {
    ids_.erase(ids_in_order_.front());
    ids_in_order_.pop_front();
  }
  return WebhookResult::kAccepted;
}

// Anybody can send these: the counter tells how many, the log only that there are some.
void WebhookReceiver::LogUnverified(const std::string& reason) {
  const Timestamp now = clock_.Now();
  {
    MutexLock lock(log_mutex_);
    if (last_logged_.has_value() && now - *last_logged_ < options_.log_interval) {
      return;
    }
    last_logged_ = now;
  }
  telemetry::LogWarning("webhooks that cannot be verified are refused", {{"reason", reason}});
}

}  // namespace orderflow::payment
