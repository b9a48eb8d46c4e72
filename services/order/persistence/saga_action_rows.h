#pragma once

#include <map>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/transaction.h"
#include "services/order/sagas/saga_repairer.h"

namespace orderflow::order {

// The append-only record of what persons did to sagas.

// The records of one request id on these orders, by order.
absl::StatusOr<std::map<OrderId, SagaAction>> FindSagaActions(postgres::Transaction& transaction,
                                                              const RequestId& request_id,
                                                              std::span<const OrderId> order_ids);

absl::Status InsertSagaActions(postgres::Transaction& transaction,
                               std::span<const SagaAction> actions);

// Newest first.
absl::StatusOr<std::vector<SagaAction>> ListSagaActions(postgres::Transaction& transaction,
                                                        const SagaActionFilter& filter);

}  // namespace orderflow::order
