#include "services/order/domain/watch_progress.h"

namespace orderflow::order {

std::vector<StateChange> WatchProgress::Take(const std::vector<StateChange>& changes) {
  std::vector<StateChange> due;
  for (const StateChange& change : changes) {
    if (change.sequence > last_ + 1) {
      break;
    }
    if (change.sequence == last_ + 1) {
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
