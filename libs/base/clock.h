#pragma once

#include <chrono>

namespace orderflow {

using Timestamp = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using Duration = std::chrono::microseconds;

// The wall clock, as an interface so that tests and the simulator can own time. Threadsafe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Timestamp Now() const = 0;
};

// The machine's clock, to the microsecond (PostgreSQL's resolution).
class SystemClock final : public Clock {
 public:
  Timestamp Now() const override {
    return std::chrono::time_point_cast<std::chrono::microseconds>(
        std::chrono::system_clock::now());
  }
};

}  // namespace orderflow
