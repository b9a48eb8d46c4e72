#include "services/notification/domain/delivery_runner.h"

#include <chrono>
#include <utility>

namespace orderflow::notification {

DeliveryRunner::DeliveryRunner(DeliveryQueue& queue, NotificationSender& sender,
                               DeliveryObserver& observer, DeliveryOptions options)
    : queue_(queue),
      sender_(sender),
      observer_(observer),
      options_(options),
      limiter_(options.per_second_max) {}

void DeliveryRunner::Wake() {
  {
    MutexLock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_one();
}

void DeliveryRunner::Run(std::stop_token stop) {
  stop_ = std::move(stop);
  while (!stop_.stop_requested()) {
    const bool has_more = DeliverBatch({queue_, sender_, observer_, *this}, options_);
    // Also while there is always more: what is abandoned must not wait for a quiet moment.
    if (const SteadyTime now = Now(); now >= next_park_time_) {
      next_park_time_ = now + options_.poll_interval;
      ParkAbandoned();
    }
    if (!has_more) {
      WaitForWork(options_.poll_interval);
    }
  }
}

DeliveryTime::SteadyTime DeliveryRunner::Now() { return std::chrono::steady_clock::now(); }

bool DeliveryRunner::WaitForSlot() { return WaitUntil(stop_, limiter_.Take(Now())); }

void DeliveryRunner::WaitAfterError() {
  WaitUntil(std::stop_token(), Now() + options_.error_delay);
}

double DeliveryRunner::Random01() {
  return std::uniform_real_distribution<double>(0.0, 1.0)(random_);
}

void DeliveryRunner::ParkAbandoned() {
  const absl::StatusOr<int> parked =
      queue_.ParkAbandoned(options_.abandoned_age, options_.batch_max);
  if (!parked.ok()) {
    observer_.OnError(parked.status());
  } else if (*parked > 0) {
    observer_.OnAbandoned(*parked);
  }
}

void DeliveryRunner::WaitForWork(Duration at_most) {
  MutexLock lock(mutex_);
  changed_.wait_for(mutex_, stop_, at_most,
                    [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return woken_; });
  woken_ = false;
}

// Returns false when stop was requested.
bool DeliveryRunner::WaitUntil(const std::stop_token& stop, SteadyTime time) {
  MutexLock lock(mutex_);
  changed_.wait_until(mutex_, stop, time, []() { return false; });
  return !stop.stop_requested();
}

}  // namespace orderflow::notification
