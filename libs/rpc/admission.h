#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/rpc/adaptive_limit.h"

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::rpc {

// The work that answered calls leave behind for others, counted since the start.
struct WorkBehind {
  int64_t begun = 0;
  int64_t done = 0;
  int64_t done_late = 0;
  int64_t waiting = 0;  // now
};

struct AdmissionOptions {
  LimitOptions limit;
  Duration window{std::chrono::milliseconds(250)};
  std::function<WorkBehind()> work_behind = [] { return WorkBehind{}; };
};

// Decides, before any work, whether a call may go on: so many at a time as AdaptiveLimit finds
// right, and none of half of the places for who has more than their share. Refuses at once with
// RESOURCE_EXHAUSTED and a RetryInfo that spreads those who come back over the time in which
// there will be room. Holds no memory for who has no call under way. Threadsafe.
class Admission {
 public:
  // A place among the calls under way, given back when it goes.
  using Place = std::shared_ptr<void>;

  Admission(telemetry::Metrics& metrics, const Clock& clock, AdmissionOptions options);

  // `customer`: whose share it is; empty for calls that belong to nobody.
  absl::StatusOr<Place> Enter(std::string_view customer);

  // How long the latest call of a batch has waited for work on it to begin, less what the worker
  // rested on purpose: that is no queue.
  void ObserveWait(Duration wait);

  int limit() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace orderflow::rpc
