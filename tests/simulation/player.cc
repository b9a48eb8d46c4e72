#include "tests/simulation/player.h"

#include <algorithm>
#include <cstdio>
#include <thread>

#include "tests/simulation/world.h"

namespace orderflow::simulation {
namespace {

constexpr uint64_t kSeedsAtATime = 64;
constexpr size_t kShownMax = 20;  // violations that are printed; the rest is counted

}  // namespace

void Player::Play(unsigned threads) {
  std::vector<std::jthread> workers;
  for (unsigned i = 0; i < threads; ++i) {
    workers.emplace_back([this] { PlaySome(); });
  }
}

void Player::PlaySome() {
  Coverage coverage;
  Duration time_to_rest_max{0};
  for (uint64_t from = next_.fetch_add(kSeedsAtATime); from < schedules_;
       from = next_.fetch_add(kSeedsAtATime)) {
    for (uint64_t i = from; i < std::min(from + kSeedsAtATime, schedules_); ++i) {
      Schedule schedule = first_;
      schedule.seed += i;
      World world(schedule, coverage);
      Add(schedule.seed, world.Run());
      time_to_rest_max = std::max(time_to_rest_max, world.time_to_rest());
    }
  }
  MutexLock lock(mutex_);
  coverage_.Add(coverage);
  time_to_rest_max_ = std::max(time_to_rest_max_, time_to_rest_max);
}

void Player::Add(uint64_t seed, const std::vector<std::string>& violations) {
  if (violations.empty()) {
    return;
  }
  MutexLock lock(mutex_);
  for (const std::string& violation : violations) {
    if (++violations_ <= kShownMax) {
      std::printf("seed %lu: %s\n", seed, violation.c_str());
    }
  }
  failing_seed_ = std::min(seed, failing_seed_.value_or(seed));
}

size_t Player::violations() const {
  MutexLock lock(mutex_);
  return violations_;
}

std::optional<uint64_t> Player::failing_seed() const {
  MutexLock lock(mutex_);
  return failing_seed_;
}

Coverage Player::coverage() const {
  MutexLock lock(mutex_);
  return coverage_;
}

Duration Player::time_to_rest_max() const {
  MutexLock lock(mutex_);
  return time_to_rest_max_;
}

}  // namespace orderflow::simulation
