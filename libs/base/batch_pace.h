#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstddef>

#include "libs/base/clock.h"

namespace orderflow {

// How long a worker rests between two batches, so that the next one is larger. What a batch costs
// besides its rows (a transaction, an fsync, a request to the broker, the wake-ups of whoever
// reads it) is most of its price while it is small. PostgreSQL's commit_delay and
// commit_siblings are the same idea for one commit.
struct BatchPace {
  // Least time from the start of a batch that earns a rest to that of the next; 0: no rest at all.
  Duration interval{0};
  // A batch earns a rest with what comes in an interval at this rate. Where fewer come one rest
  // does not earn the next, so that an accident does not become a habit and light load has none.
  int records_per_second_min = 800;
  // What a batch took says how contended the machine is: a worker rests as long as it worked,
  // but no longer than this, and no longer than `interval` where that is more.
  Duration rest_max{std::chrono::milliseconds(50)};
};

// The smallest batch that earns a rest; never an empty one, which a consumer has when it idles.
inline size_t RestingBatchMin(const BatchPace& pace) {
  const std::chrono::duration<double> interval = pace.interval;
  return std::max<size_t>(
      1, static_cast<size_t>(std::ceil(interval.count() * pace.records_per_second_min)));
}

// The rest after a batch of `size` that took `took`. 0 after a full one: more is waiting already.
// A clock that was set back makes `took` negative: it counts as nothing. Pure.
inline Duration RestAfterBatch(const BatchPace& pace, size_t size, size_t size_max, Duration took) {
  if (pace.interval <= Duration::zero() || size < RestingBatchMin(pace) || size >= size_max) {
    return Duration::zero();
  }
  const Duration worked = std::max(took, Duration::zero());
  return std::max(pace.interval - worked, std::min(worked, pace.rest_max));
}

}  // namespace orderflow
