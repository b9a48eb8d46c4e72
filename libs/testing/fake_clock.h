#pragma once

#include <atomic>

#include "libs/base/clock.h"

namespace orderflow::testing {

// A clock that stands still until the test moves it, also backwards. Threadsafe.
class FakeClock final : public Clock {
 public:
  // 2026-01-02T03:04:05Z: an arbitrary time that is easy to recognise in output.
  static constexpr Timestamp kStart{std::chrono::seconds(1'767'323'045)};

  explicit FakeClock(Timestamp now = kStart) : now_us_(now.time_since_epoch().count()) {}

  Timestamp Now() const override { return Timestamp(Duration(now_us_.load())); }
  void Set(Timestamp now) { now_us_.store(now.time_since_epoch().count()); }
  void Advance(Duration by) { now_us_.fetch_add(by.count()); }

 private:
  std::atomic<Duration::rep> now_us_;
};

}  // namespace orderflow::testing
