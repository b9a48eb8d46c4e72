#include "services/notification/domain/delivery_runner.h"

#include <algorithm>

#include "libs/base/crash_point.h"

namespace orderflow::notification {
namespace {

// Tries to store the outcomes of one batch. Out of tries they stay SENDING and are parked later as
// possibly delivered: better than never claiming anything else.
constexpr int kRecordAttemptsMax = 20;

}  // namespace

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
  while (!stop.stop_requested()) {
    const bool has_more = DeliverBatch(stop);
    // Also while there is always more: what is abandoned must not wait for a quiet moment.
    if (const SteadyTime now = std::chrono::steady_clock::now(); now >= next_park_time_) {
      next_park_time_ = now + options_.poll_interval;
      ParkAbandoned();
    }
    if (!has_more) {
      WaitForWork(stop, options_.poll_interval);
    }
  }
}

// Returns whether there may be more to deliver at once.
bool DeliveryRunner::DeliverBatch(const std::stop_token& stop) {
  // Never more than a second's worth, so that claims do not wait for their slot.
  const int batch_max = std::min(options_.batch_max, options_.per_second_max);
  const absl::StatusOr<std::vector<Notification>> claimed = queue_.Claim(batch_max);
  if (!claimed.ok()) {
    observer_.OnError(claimed.status());
    return false;
  }
  const SteadyTime claimed_at = std::chrono::steady_clock::now();
  std::vector<DeliveryUpdate> updates;
  for (const Notification& notification : *claimed) {
    CRASH_POINT("notification.after_claim");
    const SendResult result = Try(notification, claimed_at, stop);
    CRASH_POINT("notification.after_mail");
    std::uniform_real_distribution<double> random01(0.0, 1.0);
    updates.push_back(DecideDelivery(notification, result, options_.policy, random01(random_)));
    observer_.OnTried(notification, result, updates.back());
  }
  if (!updates.empty()) {
    Record(updates);
  }
  return static_cast<int>(claimed->size()) == batch_max;
}

SendResult DeliveryRunner::Try(const Notification& notification, SteadyTime claimed_at,
                               const std::stop_token& stop) {
  const SteadyTime slot = limiter_.Take(std::chrono::steady_clock::now());
  if (!WaitUntil(stop, slot)) {
    return {SendOutcome::kNotTried, ""};
  }
  // Also after a pause of the whole process: others may have parked the claim meanwhile.
  if (std::chrono::steady_clock::now() - claimed_at > options_.claim_age_max) {
    return {SendOutcome::kNotTried, ""};
  }
  return sender_.Send(notification);
}

void DeliveryRunner::Record(const std::vector<DeliveryUpdate>& updates) {
  for (int attempt = 1; attempt <= kRecordAttemptsMax; ++attempt) {
    const absl::Status recorded = queue_.Record(updates);
    if (recorded.ok()) {
      CRASH_POINT("notification.after_record");
      return;
    }
    observer_.OnError(recorded);
    if (attempt < kRecordAttemptsMax) {
      // Goes on after stop was requested: these outcomes exist nowhere else.
      WaitUntil(std::stop_token(), std::chrono::steady_clock::now() + options_.error_delay);
    }
  }
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

void DeliveryRunner::WaitForWork(const std::stop_token& stop, Duration at_most) {
  MutexLock lock(mutex_);
  changed_.wait_for(mutex_, stop, at_most,
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
