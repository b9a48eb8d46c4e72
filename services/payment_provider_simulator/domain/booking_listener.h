#pragma once

#include <optional>

#include "libs/base/clock.h"
#include "services/payment_provider_simulator/domain/books.h"

namespace orderflow::payment_provider_simulator {

// Hears what was booked, after its commit (port). Threadsafe, must not block.
class BookingListener {
 public:
  virtual ~BookingListener() = default;
  // Once per entry, as far as this process knows: not at all when a commit was in doubt.
  // `answered_in`: when the caller gets its answer; nothing: never.
  virtual void OnBooked(const Operation& operation, std::optional<Duration> answered_in) = 0;
};

}  // namespace orderflow::payment_provider_simulator
