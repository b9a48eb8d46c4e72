#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stop_token>

#include "libs/base/backoff.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/webhooks/signing_secret.h"
#include "services/payment_provider_simulator/domain/booking_listener.h"
#include "services/payment_provider_simulator/domain/faults.h"
#include "services/payment_provider_simulator/webhooks/webhook_event.h"
#include "services/payment_provider_simulator/webhooks/webhook_transport.h"

namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment_provider_simulator {

enum class WebhookScope {
  kUnanswered,  // only about operations whose call is never answered
  kAll,
};

struct WebhookSenderOptions {
  WebhookScope scope = WebhookScope::kUnanswered;
  size_t queue_max = 8192;  // webhooks that wait for their time; beyond it new ones are not sent
  int tries_max = 8;        // then the merchant has to find out by itself
  BackoffPolicy backoff{.initial = std::chrono::milliseconds(200), .max = std::chrono::seconds(10)};
};

// Tells the merchant by signed webhooks what was booked, when the call's answer would come. A try
// that is not answered by 2xx is made again, later each time, signed anew under the same id.
//
// At most once per restart: what waits is in memory only. Faults make webhooks late (and thus out
// of order), double, forged or lost. Threadsafe; any number of threads run Run().
class WebhookSender final : public BookingListener {
 public:
  WebhookSender(webhooks::SigningSecret secret, FaultInjector& faults, const Clock& clock,
                telemetry::Metrics& metrics, WebhookSenderOptions options);

  void OnBooked(const Operation& operation, std::optional<Duration> answered_in) override;

  // Webhooks that wait for their time.
  size_t waiting() const;

  // A worker: sends what is due over `transport` until stop is requested.
  void Run(WebhookTransport& transport, const std::stop_token& stop);

 private:
  using Time = std::chrono::steady_clock::time_point;

  struct Delivery {
    WebhookEvent event;
    bool forged = false;
    int tries = 0;
  };

  void Schedule(Time time, Delivery delivery);
  // Waits for the next that is due; nothing: stop was requested.
  std::optional<Delivery> TakeDue(const std::stop_token& stop);
  void Try(WebhookTransport& transport, Delivery delivery);
  double Random01();

  const webhooks::SigningSecret secret_;
  const webhooks::SigningSecret foreign_secret_;  // of somebody else
  FaultInjector& faults_;
  const Clock& clock_;
  const WebhookSenderOptions options_;
  telemetry::Counter& delivered_;
  telemetry::Counter& failed_;
  telemetry::Counter& given_up_;
  telemetry::Counter& dropped_;
  mutable Mutex mutex_;
  ConditionVariable changed_;
  std::multimap<Time, Delivery> waiting_ ABSL_GUARDED_BY(mutex_);
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::payment_provider_simulator
