#include "services/inventory/domain/reservation_expiry_runner.h"

#include <utility>

#include "libs/base/mutex.h"

namespace orderflow::inventory {

ReservationExpiryRunner::ReservationExpiryRunner(ReservationExpiry& expiry, ExpiryOptions options)
    : expiry_(expiry), options_(std::move(options)) {}

void ReservationExpiryRunner::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable wake;  // nobody signals it: it is the stop token that ends the wait early
  while (!stop.stop_requested()) {
    Sweep(stop);
    MutexLock lock(mutex);
    wake.wait_for(mutex, stop, options_.interval, []() { return false; });
  }
}

void ReservationExpiryRunner::Sweep(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const absl::StatusOr<int> expired = expiry_.ExpireDue(options_.batch_max);
    options_.on_batch(expired);
    if (!expired.ok() || *expired < options_.batch_max) {
      return;
    }
  }
}

}  // namespace orderflow::inventory
