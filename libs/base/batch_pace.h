#pragma once

#include <algorithm>
#include <cstddef>

#include "libs/base/clock.h"

namespace orderflow {

// How long a worker rests between two batches, so that the next one is larger. What a batch costs
// besides its rows (a transaction, an fsync, a request to the broker, the wake-ups of whoever
// reads it) is most of its price while it is small. PostgreSQL's commit_delay and
// commit_siblings are the same idea for one commit.
struct BatchPace {
  // Least time between the starts of two batches; 0: no rest at all.
  Duration interval{0};
  // No rest after a smaller batch. It must be more than gathers in an interval when little is going
  // on: else one accidental rest makes the next batch large enough for another, and so on.
  size_t batch_min = 16;
  // What a batch took says how contended the machine is: a worker rests as long as it worked,
  // but no longer than this, and no longer than `interval` where that is more.
  Duration rest_max{std::chrono::milliseconds(50)};
};

// The rest after a batch of `size` that took `took`. 0 after a full one: more is waiting already.
// A clock that was set back makes `took` negative: it counts as nothing. Pure.
inline Duration RestAfterBatch(const BatchPace& pace, size_t size, size_t size_max, Duration took) {
  if (pace.interval <= Duration::zero() || size < pace.batch_min || size >= size_max) {
    return Duration::zero();
  }
  const Duration worked = std::max(took, Duration::zero());
  return std::max(pace.interval - worked, std::min(worked, pace.rest_max));
}

}  // namespace orderflow
