#pragma once

#include <random>
#include <stop_token>

#include "libs/base/mutex.h"
#include "services/notification/domain/delivery_batch.h"
#include "services/notification/domain/rate_limiter.h"

namespace orderflow::notification {

// The thread that delivers batch after batch (delivery_batch.h) and parks what dead senders left.
class DeliveryRunner final : DeliveryTime {
 public:
  DeliveryRunner(DeliveryQueue& queue, NotificationSender& sender, DeliveryObserver& observer,
                 DeliveryOptions options);

  // Delivers until stop is requested.
  void Run(std::stop_token stop);

  // There is something new to deliver. Threadsafe, never blocks.
  void Wake();

 private:
  // DeliveryTime
  SteadyTime Now() override;
  bool WaitForSlot() override;
  void WaitAfterError() override;
  double Random01() override;

  void ParkAbandoned();
  void WaitForWork(Duration at_most);
  bool WaitUntil(const std::stop_token& stop, SteadyTime time);

  DeliveryQueue& queue_;
  NotificationSender& sender_;
  DeliveryObserver& observer_;
  const DeliveryOptions options_;
  RateLimiter limiter_;
  std::stop_token stop_;  // of Run
  SteadyTime next_park_time_{};
  std::mt19937_64 random_{std::random_device{}()};

  Mutex mutex_;
  ConditionVariable changed_;
  bool woken_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::notification
