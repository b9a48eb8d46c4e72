#include "services/order/sagas/kept_aggregates.h"

#include "libs/base/planted_bug.h"

namespace orderflow::order {
namespace {

// A saga that has ended gets no more replies, and one that is parked or held may wait for days.
bool GoesOnByItself(const saga::SagaInstance& saga) {
  return !saga::IsTerminal(saga.state) && saga.state != saga::SagaState::kNeedsAttention &&
         saga.hold == saga::Hold::kNone;
}

bool IsCurrent(const SagaRecord& kept, const KeptAggregates::Versions& stored_versions) {
  const auto stored = stored_versions.find(kept.saga.saga_id);
  const KeptAggregates::RowVersion version{kept.version, kept.update_time};
  return (stored != stored_versions.end() && stored->second == version) ||
         IsPlanted(PlantedBug::kKeptAggregateNotChecked);
}

}  // namespace

KeptAggregates::Sagas KeptAggregates::Find(std::span<const OrderId> order_ids) const {
  Sagas found;
  MutexLock lock(mutex_);
  for (const OrderId& order_id : order_ids) {
    if (const auto kept = by_id_.find(order_id); kept != by_id_.end()) {
      found.emplace_back(order_id, kept->second->current.saga.saga_id);
    }
  }
  return found;
}

std::vector<OrderAggregate> KeptAggregates::Take(std::span<const Sagas::value_type> kept,
                                                 const Versions& stored_versions) {
  Aggregates taken;  // what is forgotten is destroyed outside the lock
  {
    MutexLock lock(mutex_);
    for (const auto& [order_id, saga_id] : kept) {
      Extract(order_id, taken);
    }
  }
  std::vector<OrderAggregate> current;
  current.reserve(taken.size());
  for (OrderAggregate& aggregate : taken) {
    if (IsCurrent(aggregate.current, stored_versions)) {
      current.push_back(std::move(aggregate));
    }
  }
  return current;
}

void KeptAggregates::Keep(OrderAggregate stored) {
  const OrderId order_id = stored.order.order_id;
  Aggregates added;
  if (max_ > 0 && GoesOnByItself(stored.current.saga)) {
    added.push_back(std::move(stored));
  }
  Aggregates gone;
  MutexLock lock(mutex_);
  Extract(order_id, gone);
  if (added.empty()) {
    return;
  }
  if (aggregates_.size() == max_) {
    by_id_.erase(aggregates_.front().order.order_id);
    gone.splice(gone.end(), aggregates_, aggregates_.begin());
  }
  by_id_.emplace(order_id, added.begin());
  aggregates_.splice(aggregates_.end(), added);
}

size_t KeptAggregates::size() const {
  MutexLock lock(mutex_);
  return aggregates_.size();
}

void KeptAggregates::Extract(const OrderId& order_id, Aggregates& taken) {
  const auto found = by_id_.find(order_id);
  if (found != by_id_.end()) {
    taken.splice(taken.end(), aggregates_, found->second);
    by_id_.erase(found);
  }
}

}  // namespace orderflow::order
