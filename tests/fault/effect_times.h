#pragma once

#include <chrono>
#include <optional>
#include <vector>

#include "libs/base/mutex.h"

namespace orderflow::fault {

// From when to when the effects of several faults lasted, as each begins, ends and begins again.
// Threadsafe.
class EffectTimes {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit EffectTimes(size_t faults) : arrived_(faults, false), effects_(faults) {}

  // An effect that goes on already does not begin again; one that has not begun does not end.
  void Begin(size_t fault, Time now);
  void End(size_t fault, Time now);

  // It is about to begin, or has begun: others may. Until End.
  void Arrive(size_t fault);
  bool HaveOthersArrived(size_t fault) const;

  // The longest time, until `now`, in which two different ones went on together. An effect of a
  // moment counts when the other one went on. Nothing: there was none.
  std::optional<std::chrono::milliseconds> Together(Time now) const;

 private:
  struct Effect {
    Time begin;
    std::optional<Time> end;  // nothing: goes on
  };

  mutable Mutex mutex_;
  std::vector<bool> arrived_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::vector<Effect>> effects_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::fault
