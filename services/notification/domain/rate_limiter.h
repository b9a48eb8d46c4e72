#pragma once

#include <chrono>

namespace orderflow::notification {

// Spaces tries evenly: at most `per_second` in any second. Time is handed in. Not threadsafe.
class RateLimiter {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit RateLimiter(int per_second)
      : spacing_(std::chrono::nanoseconds(std::chrono::seconds(1)) / per_second) {}

  // Takes the next free slot and returns when it begins: `now` or later.
  Time Take(Time now) {
    const Time slot = next_ > now ? next_ : now;
    next_ = slot + spacing_;
    return slot;
  }

 private:
  const std::chrono::nanoseconds spacing_;
  Time next_{};
};

}  // namespace orderflow::notification
