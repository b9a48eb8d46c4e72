#pragma once

#include <functional>
#include <random>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "services/notification/domain/delivery_queue.h"
#include "services/notification/domain/notification_sender.h"
#include "services/notification/domain/rate_limiter.h"

namespace orderflow::notification {

// What the runner tells of its work, for metrics and the log. Called from its thread.
class DeliveryObserver {
 public:
  virtual ~DeliveryObserver() = default;
  virtual void OnTried(const Notification& notification, const SendResult& result,
                       const DeliveryUpdate& update) = 0;
  virtual void OnAbandoned(int parked) = 0;
  virtual void OnError(const absl::Status& status) = 0;
};

struct DeliveryOptions {
  int batch_max = 16;       // claimed at once: few, since a crash parks them
  int per_second_max = 50;  // mails
  Duration poll_interval{std::chrono::seconds(1)};   // looks for due retries so often
  Duration claim_age_max{std::chrono::seconds(30)};  // an older claim is not begun any more
  Duration abandoned_age{std::chrono::minutes(2)};   // an older claim is parked: its sender is dead
  Duration error_delay{std::chrono::milliseconds(500)};  // after the store failed
  DeliveryPolicy policy;
};

// The thread that delivers: claims a batch, sends it mail by mail, stores the outcomes.
//
// At most once: a notification is claimed in the store before it is sent, and a claim whose outcome
// is lost (crash, database gone, connection lost at the wrong moment) is parked, never sent again.
// On stop the mail under way is finished and the rest of the batch is handed back.
class DeliveryRunner {
 public:
  DeliveryRunner(DeliveryQueue& queue, NotificationSender& sender, DeliveryObserver& observer,
                 DeliveryOptions options);

  // Delivers until stop is requested.
  void Run(std::stop_token stop);

  // There is something new to deliver. Threadsafe, never blocks.
  void Wake();

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  bool DeliverBatch(const std::stop_token& stop);
  SendResult Try(const Notification& notification, SteadyTime claimed_at,
                 const std::stop_token& stop);
  void Record(const std::vector<DeliveryUpdate>& updates);
  void ParkAbandoned();
  void WaitForWork(const std::stop_token& stop, Duration at_most);
  bool WaitUntil(const std::stop_token& stop, SteadyTime time);

  DeliveryQueue& queue_;
  NotificationSender& sender_;
  DeliveryObserver& observer_;
  const DeliveryOptions options_;
  RateLimiter limiter_;
  SteadyTime next_park_time_{};
  std::mt19937_64 random_{std::random_device{}()};

  Mutex mutex_;
  ConditionVariable changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::notification
