#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "tests/simulation/coverage.h"
#include "tests/simulation/schedule.h"

namespace orderflow::simulation {

// Plays many schedules, one seed after the other, on several threads.
class Player {
 public:
  // The schedules from `first` on, which differ in their seeds only.
  Player(const Schedule& first, uint64_t schedules) : first_(first), schedules_(schedules) {}

  // Prints violations as they are found, up to a number.
  void Play(unsigned threads);

  size_t violations() const;
  // The smallest seed with a violation.
  std::optional<uint64_t> failing_seed() const;
  Coverage coverage() const;
  // The longest virtual time that a schedule took to come to rest.
  Duration time_to_rest_max() const;

 private:
  void PlaySome();
  void Add(uint64_t seed, const std::vector<std::string>& violations);

  const Schedule first_;
  const uint64_t schedules_;
  std::atomic<uint64_t> next_ = 0;
  mutable Mutex mutex_;
  size_t violations_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<uint64_t> failing_seed_ ABSL_GUARDED_BY(mutex_);
  Coverage coverage_ ABSL_GUARDED_BY(mutex_);
  Duration time_to_rest_max_ ABSL_GUARDED_BY(mutex_){0};
};

}  // namespace orderflow::simulation
