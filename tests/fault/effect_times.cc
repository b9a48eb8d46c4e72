#include "tests/fault/effect_times.h"

#include <algorithm>

namespace orderflow::fault {

using std::chrono::milliseconds;

void EffectTimes::Begin(size_t fault, Time now) {
  MutexLock lock(mutex_);
  std::vector<Effect>& effects = effects_[fault];
  if (effects.empty() || effects.back().end.has_value()) {
    effects.push_back({.begin = now, .end = std::nullopt});
  }
}

void EffectTimes::End(size_t fault, Time now) {
  MutexLock lock(mutex_);
  arrived_[fault] = false;
  std::vector<Effect>& effects = effects_[fault];
  if (!effects.empty() && !effects.back().end.has_value()) {
    effects.back().end = now;
  }
}

void EffectTimes::Arrive(size_t fault) {
  MutexLock lock(mutex_);
  arrived_[fault] = true;
}

bool EffectTimes::HaveOthersArrived(size_t fault) const {
  MutexLock lock(mutex_);
  for (size_t other = 0; other < arrived_.size(); ++other) {
    if (other != fault && !arrived_[other]) {
      return false;
    }
  }
  return true;
}

std::optional<milliseconds> EffectTimes::Together(Time now) const {
  MutexLock lock(mutex_);
  std::optional<milliseconds> longest;
  for (size_t left = 0; left < effects_.size(); ++left) {
    for (size_t right = left + 1; right < effects_.size(); ++right) {
      for (const Effect& one : effects_[left]) {
        for (const Effect& other : effects_[right]) {
          const Time begin = std::max(one.begin, other.begin);
          const Time end = std::min(one.end.value_or(now), other.end.value_or(now));
          if (begin <= end) {
            longest = std::max(longest.value_or(milliseconds(0)),
                               std::chrono::duration_cast<milliseconds>(end - begin));
          }
        }
      }
    }
  }
  return longest;
}

}  // namespace orderflow::fault
