#pragma once

#include <cstddef>
#include <map>
#include <span>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/postgres/transaction.h"
#include "services/order/sagas/kept_aggregates.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Reads order aggregates, many at a time. What is decided on them is stored with UpdateAggregates
// (aggregate_rows.h), which finds out when somebody else has gone on meanwhile.

struct LoadedAggregates {
  std::map<OrderId, OrderAggregate> aggregates;  // ids without an order are absent
  Timestamp now;     // the database's clock: the one that timers and every process go by
  size_t kept = 0;   // of the aggregates: they were kept, and nobody has gone on with them
  size_t stale = 0;  // of the aggregates: they had been kept, but somebody else has gone on
};

// Without a lock: for those who are rarely in each other's way. kInternal: a row that cannot be
// read, or an order without its saga.
absl::StatusOr<LoadedAggregates> LoadAggregates(postgres::Transaction& transaction,
                                                std::span<const OrderId> order_ids);

// The same, but of what is kept only the sagas' versions are read. What is returned is not kept any
// more.
absl::StatusOr<LoadedAggregates> TakeOrLoadAggregates(postgres::Transaction& transaction,
                                                      std::span<const OrderId> order_ids,
                                                      KeptAggregates& kept);

// As without `kept`, and nobody else goes on with these orders until the transaction ends: for who
// has lost against somebody else before, would lose too much, or reads further rows that must fit.
// It is the sagas' rows that are locked, which each change of an order under way writes first, in
// the order of the orders' ids. A deadlock is possible all the same, with a process of before
// ADR 0030, which locks the orders first, or with an UPDATE whose plan goes another way than by its
// array (ADR 0015): PostgreSQL ends it, kAborted, and one of the two runs again.
absl::StatusOr<LoadedAggregates> LockAggregates(postgres::Transaction& transaction,
                                                std::span<const OrderId> order_ids);

// The columns of an order, in the order that DecodeOrder expects.
inline constexpr int kOrderColumns = 10;
absl::StatusOr<Order> DecodeOrder(const postgres::Row& row);

// The same for a saga, whose columns begin with number `first`.
inline constexpr int kSagaColumns = 13;
absl::StatusOr<SagaRecord> DecodeSaga(const postgres::Row& row, int first = 0);

}  // namespace orderflow::order
