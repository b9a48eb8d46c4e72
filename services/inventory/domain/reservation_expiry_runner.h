#pragma once

#include <functional>
#include <stop_token>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/inventory/domain/reservation_expiry.h"

namespace orderflow::inventory {

struct ExpiryOptions {
  Duration interval{std::chrono::seconds(10)};  // between sweeps
  int batch_max = 200;                          // reservations per transaction
  // Told the outcome of every batch, for metrics and the log.
  std::function<void(const absl::StatusOr<int>&)> on_batch = [](const absl::StatusOr<int>&) {};
};

// The thread that gives the pieces of forgotten reservations back. A reservation's time is far
// longer than a saga may take, so this only acts when something went badly wrong; a saga that comes
// back after all still commits as long as the pieces are there.
class ReservationExpiryRunner {
 public:
  ReservationExpiryRunner(ReservationExpiry& expiry, ExpiryOptions options);

  // Sweeps until stop is requested; errors are reported and tried again with the next sweep.
  void Run(std::stop_token stop);

 private:
  void Sweep(const std::stop_token& stop);

  ReservationExpiry& expiry_;
  const ExpiryOptions options_;
};

}  // namespace orderflow::inventory
