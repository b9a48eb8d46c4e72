#pragma once

#include "absl/status/statusor.h"

namespace orderflow::inventory {

// Finds reservations that outlived their time (port). Threadsafe.
class ReservationExpiry {
 public:
  virtual ~ReservationExpiry() = default;

  // Expires up to `batch_max` overdue reservations in one transaction; returns how many.
  // kUnavailable, kUnknown, kAborted: tried again with the next sweep.
  virtual absl::StatusOr<int> ExpireDue(int batch_max) = 0;
};

}  // namespace orderflow::inventory
