#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "libs/base/mutex.h"
#include "libs/webhooks/standard_webhook.h"
#include "services/payment/domain/outcome_hints.h"

namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

struct WebhookReceiverOptions {
  size_t ids_max = 16384;               // ids that are remembered
  std::chrono::seconds retry_after{2};  // what a provider is asked to wait when we are full
  Duration log_interval{std::chrono::seconds(10)};  // between two lines about refused webhooks
};

// What a webhook led to, and how it is answered over HTTP.
enum class WebhookResult {
  kAccepted,        // 204: a hint was passed on
  kDuplicate,       // 204: its id has been accepted before
  kIgnored,         // 204: authentic, and nothing that concerns us
  kMalformed,       // 400
  kWrongSignature,  // 401
  kTooOld,          // 401: authentic, and its time too far from ours
  kRefused,         // 503: no room; the provider comes again, and the resolver comes by anyway
};

// Turns webhooks into hints: verifies the signature, forgets repetitions, reads which operation it
// is about, and passes that on. Nothing else of a webhook is believed, so that the order, age and
// number of webhooks cannot change what happens to money.
//
// The memory of ids saves work and is not needed for safety: it is bounded, and lost at a restart.
// An id counts as seen once its hint was passed on: a refused webhook may come again. Threadsafe,
// never blocks.
class WebhookReceiver {
 public:
  WebhookReceiver(webhooks::WebhookVerifier verifier, OutcomeHints& hints, const Clock& clock,
                  telemetry::Metrics& metrics, WebhookReceiverOptions options);

  WebhookResult Receive(const webhooks::WebhookHeaders& headers, std::string_view body);

  std::chrono::seconds retry_after() const { return options_.retry_after; }

 private:
  WebhookResult Judge(const webhooks::WebhookHeaders& headers, std::string_view body);
  WebhookResult PassOn(const std::string& id, const OperationKey& operation);
  void LogUnverified(const std::string& reason);

  const webhooks::WebhookVerifier verifier_;
  OutcomeHints& hints_;
  const Clock& clock_;
  const WebhookReceiverOptions options_;
  std::map<WebhookResult, telemetry::Counter*> counters_;
  Mutex mutex_;
  std::unordered_set<std::string> ids_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> ids_in_order_ ABSL_GUARDED_BY(mutex_);
  Mutex log_mutex_;
  std::optional<Timestamp> last_logged_ ABSL_GUARDED_BY(log_mutex_);
};

// "accepted", "wrong_signature": as in metrics and answers.
const char* ToString(WebhookResult result);

}  // namespace orderflow::payment
