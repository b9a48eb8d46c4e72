#pragma once

#include <map>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/postgres/transaction.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Writes order aggregates to PostgreSQL, many at a time; aggregate_loads.h reads them.

// Where orders stand, without a lock; ids without an order are absent.
absl::StatusOr<std::map<OrderId, OrderState>> FindOrderStates(postgres::Transaction& transaction,
                                                              std::span<const OrderId> order_ids);

// Stores new orders and their sagas.
absl::Status InsertAggregates(postgres::Transaction& transaction,
                              std::span<const WorkflowStep> steps);

// Stores what steps changed of loaded aggregates, whose orders' ids ascend unless they are locked.
// kAborted when a saga's row has another version than was loaded, or an order's row another
// sequence: somebody else went on, and this transaction must start over. `now`: of the load.
absl::Status UpdateAggregates(postgres::Transaction& transaction,
                              std::span<const WorkflowStep> steps, Timestamp now);

}  // namespace orderflow::order
