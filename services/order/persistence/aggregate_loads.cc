#include "services/order/persistence/aggregate_loads.h"

#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "services/order/persistence/row_codec.h"
#include "services/order/persistence/sql_columns.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

// One statement, so that order and saga are of one moment.
constexpr Statement kLoad{"order_load_aggregates",
                          "SELECT o.*, s.*, clock_timestamp() FROM (SELECT " ORDERFLOW_ORDER_COLUMNS
                          " FROM orders WHERE order_id = ANY($1::uuid[])) AS o "
                          "LEFT JOIN (SELECT " ORDERFLOW_SAGA_COLUMNS
                          " FROM sagas) AS s ON s.saga_id = o.saga_id LIMIT 10000"};
constexpr int kNowColumn = kOrderColumns + kSagaColumns;

constexpr Statement kLockSagas{"order_lock_sagas",
                               "SELECT saga_id FROM sagas WHERE saga_id IN (SELECT o.saga_id FROM "
                               "orders o WHERE o.order_id = ANY($1::uuid[])) "
                               "ORDER BY order_id LIMIT 10000 FOR UPDATE"};

// Each change of an order under way raises its saga's version: the order's row need not be read.
constexpr Statement kSelectVersions{"order_select_saga_versions",
                                    "SELECT saga_id, version, update_time, clock_timestamp() FROM "
                                    "sagas WHERE saga_id = ANY($1::uuid[]) "
                                    "LIMIT 10000"};

std::vector<std::string> TextOf(std::span<const OrderId> order_ids) {
  std::vector<std::string> ids;
  ids.reserve(order_ids.size());
  for (const OrderId& id : order_ids) {
    ids.push_back(id.value());
  }
  return ids;
}

absl::Status AddLoaded(const postgres::Rows& rows, LoadedAggregates& loaded) {
  for (const postgres::Row row : rows) {
    if (row.IsNull(kOrderColumns)) {
      return absl::InternalError(
          fmt::format("order {} names a saga that does not exist: the database is damaged, compare "
                      "it with a backup",
                      row.Text(0)));
    }
    OrderAggregate aggregate;
    ASSIGN_OR_RETURN(aggregate.order, DecodeOrder(row));
    ASSIGN_OR_RETURN(aggregate.current, DecodeSaga(row, kOrderColumns));
    aggregate.stored_sequence = aggregate.order.sequence();
    loaded.now = row.Time(kNowColumn);
    OrderId id = aggregate.order.order_id;
    loaded.aggregates.insert_or_assign(std::move(id), std::move(aggregate));
  }
  return absl::OkStatus();
}

// Adds these orders.
absl::Status Load(postgres::Transaction& transaction, std::span<const OrderId> order_ids,
                  LoadedAggregates& loaded) {
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kLoad, Params().UuidArray(TextOf(order_ids))));
  return AddLoaded(rows, loaded);
}

// `found` is in the order of the ids.
std::vector<OrderId> IdsWithout(const KeptAggregates::Sagas& found,
                                std::span<const OrderId> order_ids) {
  std::vector<OrderId> others;
  auto next = found.begin();
  for (const OrderId& id : order_ids) {
    if (next != found.end() && next->first == id) {
      ++next;
    } else {
      others.push_back(id);
    }
  }
  return others;
}

// Asks for the versions of the kept ones' sagas, and reads the orders that are not kept: both in
// one round trip.
absl::StatusOr<KeptAggregates::Versions> LoadOthers(postgres::Transaction& transaction,
                                                    std::span<const OrderId> others,
                                                    const KeptAggregates::Sagas& kept,
                                                    LoadedAggregates& loaded) {
  std::vector<std::string> saga_ids;
  saga_ids.reserve(kept.size());
  for (const auto& [order_id, saga_id] : kept) {
    saga_ids.push_back(saga_id.value());
  }
  KeptAggregates::Versions versions;
  const auto read = [&](const postgres::Rows& rows) {
    for (const postgres::Row row : rows) {
      versions.emplace(SagaId(row.String(0)), KeptAggregates::RowVersion{row.Int(1), row.Time(2)});
      loaded.now = row.Time(3);
    }
    return absl::OkStatus();
  };
  const Params params = std::move(Params().UuidArray(saga_ids));
  if (others.empty()) {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kSelectVersions, params));
    RETURN_IF_ERROR(read(rows));
  } else {
    RETURN_IF_ERROR(transaction.Queue(kSelectVersions, params, read));
    RETURN_IF_ERROR(Load(transaction, others, loaded));
  }
  return versions;
}

}  // namespace

absl::StatusOr<Order> DecodeOrder(const postgres::Row& row) {
  ASSIGN_OR_RETURN(auto lines, DecodeLines(row.Text(2)));
  ASSIGN_OR_RETURN(auto history, DecodeHistory(row.Text(7)));
  if (history.empty()) {
    return absl::InternalError("order " + row.String(0) + " has no history");
  }
  return Order{.order_id = OrderId(row.String(0)),
               .customer_id = CustomerId(row.String(1)),
               .lines = std::move(lines),
               .total = {row.String(3), row.Int(4)},
               .email = row.String(5),
               .payment_method_token = row.String(6),
               .cancel_request_id = row.String(8),
               .history = std::move(history)};
}

absl::StatusOr<SagaRecord> DecodeSaga(const postgres::Row& row, int first) {
  ASSIGN_OR_RETURN(auto steps, DecodeSteps(row.Text(first + 6)));
  SagaRecord record;
  record.saga.saga_id = SagaId(row.String(first));
  record.saga.order_id = OrderId(row.String(first + 1));
  record.saga.definition = row.String(first + 2);
  record.saga.definition_version = static_cast<int>(row.Int(first + 3));
  record.saga.state =
      saga::ParseSagaState(row.String(first + 4)).value_or(saga::SagaState::kNeedsAttention);
  record.saga.parked_from =
      saga::ParseSagaState(row.String(first + 5)).value_or(saga::SagaState::kRunning);
  record.saga.steps = std::move(steps);
  record.saga.refusal = row.Bytes(first + 7);
  record.traceparent = row.String(first + 8);
  record.version = row.Int(first + 9);
  record.create_time = row.Time(first + 10);
  record.update_time = row.Time(first + 11);
  // A hold that this binary does not know holds all the same.
  record.saga.hold = saga::ParseHold(row.String(first + 12)).value_or(saga::Hold::kParked);
  return record;
}

absl::StatusOr<LoadedAggregates> LoadAggregates(postgres::Transaction& transaction,
                                                std::span<const OrderId> order_ids) {
  LoadedAggregates loaded;
  RETURN_IF_ERROR(Load(transaction, order_ids, loaded));
  return loaded;
}

absl::StatusOr<LoadedAggregates> TakeOrLoadAggregates(postgres::Transaction& transaction,
                                                      std::span<const OrderId> order_ids,
                                                      KeptAggregates& kept) {
  const KeptAggregates::Sagas found = kept.Find(order_ids);
  if (found.empty()) {
    return LoadAggregates(transaction, order_ids);
  }
  LoadedAggregates loaded;
  std::vector<OrderId> missing = IdsWithout(found, order_ids);
  ASSIGN_OR_RETURN(const auto versions, LoadOthers(transaction, missing, found, loaded));
  for (OrderAggregate& aggregate : kept.Take(found, versions)) {
    OrderId id = aggregate.order.order_id;
    loaded.aggregates.insert_or_assign(std::move(id), std::move(aggregate));
    ++loaded.kept;
  }
  missing.clear();
  for (const auto& [order_id, saga_id] : found) {
    if (!loaded.aggregates.contains(order_id)) {
      missing.push_back(order_id);
    }
  }
  loaded.stale = missing.size();
  if (!missing.empty()) {
    RETURN_IF_ERROR(Load(transaction, missing, loaded));
  }
  return loaded;
}

absl::StatusOr<LoadedAggregates> LockAggregates(postgres::Transaction& transaction,
                                                std::span<const OrderId> order_ids) {
  RETURN_IF_ERROR(transaction.Queue(kLockSagas, Params().UuidArray(TextOf(order_ids))));
  // A second statement sees what was committed before the locks were granted.
  return LoadAggregates(transaction, order_ids);
}

}  // namespace orderflow::order
