#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Orders under way as this process has last stored them, so that their next reply need not read
// them again.
//
// Anybody else may have gone on with one since (a cancel, a timer, a person, another orchestrator):
// it is handed out only against the version that its saga's row has now. Who takes one has it
// alone; whoever does not come to store it, because of an error, a rollback or a commit in doubt,
// leaves nothing behind that could be wrong. Threadsafe.
class KeptAggregates {
 public:
  // Keeps the `max` that were stored last; 0: none.
  explicit KeptAggregates(size_t max) : max_(max) {}

  // The time, too: after a restore, or a failover that lost commits, a number may come again.
  struct RowVersion {
    int64_t number = 0;
    Timestamp update_time;
    bool operator==(const RowVersion&) const = default;
  };
  using Versions = std::unordered_map<SagaId, RowVersion>;
  using Sagas = std::vector<std::pair<OrderId, SagaId>>;

  // Those of the orders that are kept, in the order of the ids, with the saga whose version is
  // asked for.
  Sagas Find(std::span<const OrderId> order_ids) const;

  // Takes these out, and returns those whose saga's stored version is the one that was kept. The
  // others are forgotten.
  std::vector<OrderAggregate> Take(std::span<const Sagas::value_type> kept,
                                   const Versions& stored_versions);

  // Keeps what is stored and committed, instead of what was kept of this order. Not one whose saga
  // has ended, or waits for a person: no reply is due to it.
  void Keep(OrderAggregate stored);

  size_t size() const;

 private:
  using Aggregates = std::list<OrderAggregate>;
  // Moves it to `taken`, if it is kept.
  void Extract(const OrderId& order_id, Aggregates& taken) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const size_t max_;
  mutable Mutex mutex_;
  Aggregates aggregates_ ABSL_GUARDED_BY(mutex_);  // the one stored longest ago is the first
  std::unordered_map<OrderId, Aggregates::iterator> by_id_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::order
