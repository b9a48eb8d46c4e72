#pragma once

#include <map>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/postgres/transaction.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Order aggregates in PostgreSQL, many at a time. The lock on the order's row guards its sagas too.

struct LockedAggregates {
  std::map<OrderId, OrderAggregate> aggregates;  // ids without an order are absent
  Timestamp now;  // the database's clock: the one that timers and every process go by
};

// Locks and loads, in id order so that deadlocks cannot happen.
absl::StatusOr<LockedAggregates> LockAggregates(postgres::Transaction& transaction,
                                                std::span<const OrderId> order_ids);

// Where orders stand, without a lock; ids without an order are absent.
absl::StatusOr<std::map<OrderId, OrderState>> FindOrderStates(postgres::Transaction& transaction,
                                                              std::span<const OrderId> order_ids);

// Stores new orders and their sagas.
absl::Status InsertAggregates(postgres::Transaction& transaction,
                              std::span<const WorkflowStep> steps);

// Stores what steps changed of locked aggregates. kAborted when a saga's row has another version
// than was loaded: somebody else went on, and this transaction must start over.
absl::Status UpdateAggregates(postgres::Transaction& transaction,
                              std::span<const WorkflowStep> steps);

// The columns of an order, in the order that DecodeOrder expects, and the way back.
inline constexpr int kOrderColumns = 10;
absl::StatusOr<Order> DecodeOrder(const postgres::Row& row);

// The same for a saga.
absl::StatusOr<SagaRecord> DecodeSaga(const postgres::Row& row);

}  // namespace orderflow::order
