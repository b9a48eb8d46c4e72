#pragma once

#include <functional>
#include <memory>

#include "libs/base/clock.h"

namespace orderflow::service {

// Turns SIGTERM and SIGINT into a call. The first one calls `on_stop` once, on a thread of its own.
// After it the process ends at once, without cleaning up, when a second one arrives or when this
// object still exists after `stop_time_max`, so that no process hangs half stopped.
//
// Construct it before any other thread starts: it blocks the signals for the whole process, and
// threads inherit that. Ignores SIGPIPE too.
class SignalWatch {
 public:
  SignalWatch(Duration stop_time_max, std::function<void()> on_stop);
  ~SignalWatch();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace orderflow::service
