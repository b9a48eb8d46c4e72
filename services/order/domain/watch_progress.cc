#include "services/order/domain/watch_progress.h"

namespace orderflow::order {

std::vector<StateChange> WatchProgress::Take(const std::vector<StateChange>& changes) {
  std::vector<StateChange> due;
  for (const StateChange& change : changes) {
    // last_ may be the client's, and as large as a number can be: nothing is added to it.
    if (change.sequence - 1 > last_) {
      break;
    }
    if (change.sequence - 1 == last_) {
      due.push_back(change);
      last_ = change.sequence;
    }
    if (change.sequence >= latest_) {  // an older history must not take back what is known
      latest_ = change.sequence;
      at_rest_ = IsAtRest(change.state);
    }
  }
  return due;
}

}  // namespace orderflow::order
