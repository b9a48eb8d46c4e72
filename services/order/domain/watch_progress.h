#pragma once

#include <vector>

#include "services/order/domain/order.h"

namespace orderflow::order {

// What one watcher has been sent, so that it gets every state change once, in order and without
// gaps, however stored history and live changes overlap. Not threadsafe.
class WatchProgress {
 public:
  // Only changes after this sequence are due.
  explicit WatchProgress(int64_t after_sequence) : last_(after_sequence) {}

  // Those of `changes` (ascending) that are due now. A change whose predecessor is missing is left
  // out: the hub reads the history then, which has both.
  std::vector<StateChange> Take(const std::vector<StateChange>& changes);

  // True when the latest change is known and nothing is under way after it.
  bool at_rest() const { return at_rest_; }

 private:
  int64_t last_;        // sequence of the last change taken, or that the client had before
  int64_t latest_ = 0;  // highest sequence known to be without a gap before it
  bool at_rest_ = false;
};

}  // namespace orderflow::order
