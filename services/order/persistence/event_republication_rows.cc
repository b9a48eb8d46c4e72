#include "services/order/persistence/event_republication_rows.h"

#include <utility>

#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/sql_columns.h"
#include "services/order/sagas/cancel_order_saga.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;

#define ORDERFLOW_REPUBLICATION_COLUMNS                                                       \
  "republication_id, request_id, from_time, to_time, after_order_id, actor, reason, orders, " \
  "events, last_order_id, create_time"

// The same request twice at the same time: the second one waits, and finds the record of the first.
constexpr Statement kLock{"republication_lock", "SELECT pg_advisory_xact_lock(6021847735513)"};

constexpr Statement kFind{"republication_find",
                          "SELECT " ORDERFLOW_REPUBLICATION_COLUMNS
                          " FROM event_republications WHERE request_id = $1::uuid "
                          "AND after_order_id = $2::uuid"};

constexpr Statement kBound{
    "republication_bound",
    "SELECT order_id FROM orders WHERE order_id > $1::uuid ORDER BY order_id OFFSET $2 LIMIT 1"};

// The saga that worked last for the order tells whether money went back: cancel_order refunds.
constexpr Statement kSelect{"republication_select",
                            "SELECT " ORDERFLOW_ORDER_COLUMNS
                            ", s.definition, s.traceparent FROM orders, LATERAL (SELECT "
                            "definition, traceparent FROM sagas WHERE sagas.saga_id = "
                            "orders.saga_id) AS s WHERE order_id > $1::uuid AND order_id <= "
                            "$2::uuid AND update_time >= $3::timestamptz AND create_time < "
                            "$4::timestamptz ORDER BY order_id LIMIT $5"};

constexpr Statement kInsert{
    "republication_insert",
    "INSERT INTO event_republications (republication_id, request_id, from_time, to_time, "
    "after_order_id, actor, reason, orders, events, last_order_id) VALUES ($1::uuid, $2::uuid, "
    "$3::timestamptz, $4::timestamptz, $5::uuid, $6, $7, $8, $9, $10::uuid) "
    "RETURNING " ORDERFLOW_REPUBLICATION_COLUMNS};

constexpr Statement kList{"republication_list",
                          "SELECT " ORDERFLOW_REPUBLICATION_COLUMNS
                          " FROM event_republications WHERE republication_id < $1::uuid "
                          "ORDER BY republication_id DESC LIMIT $2"};

std::string PlaceOf(const OrderId& after) {
  return std::string(postgres::AfterOrFirst(after.value()));
}

EventRepublication Decode(const Row& row) {
  const std::string after = row.String(4);
  return {.republication_id = row.String(0),
          .request = {.request_id = RequestId(row.String(1)),
                      .from = row.Time(2),
                      .to = row.Time(3),
                      .after = OrderId(after == postgres::kBeforeEveryId ? "" : after),
                      .actor = row.String(5),
                      .reason = row.String(6)},
          .orders = static_cast<int>(row.Int(7)),
          .events = static_cast<int>(row.Int(8)),
          .last = OrderId(row.String(9)),
          .time = row.Time(10)};
}

}  // namespace

absl::StatusOr<std::optional<EventRepublication>> FindRepublication(
    postgres::Transaction& transaction, const RepublicationRequest& request) {
  RETURN_IF_ERROR(transaction.Execute(kLock).status());
  Params params;
  params.Text(request.request_id.value()).Text(PlaceOf(request.after));
  ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kFind, params));
  return rows.empty() ? std::nullopt : std::optional<EventRepublication>(Decode(rows[0]));
}

absl::StatusOr<ChangedOrders> ReadChangedOrders(postgres::Transaction& transaction,
                                                const RepublicationRequest& request,
                                                const RepublicationLimits& limits) {
  const std::string after = PlaceOf(request.after);
  ASSIGN_OR_RETURN(const Rows bound,
                   transaction.Execute(kBound, Params().Text(after).Int(limits.scanned_max - 1)));
  Params params;
  params.Text(after).Text(bound.empty() ? std::string(postgres::kAfterEveryId)
                                        : bound[0].String(0));
  params.Text(postgres::FormatTimestamp(request.from)).Text(postgres::FormatTimestamp(request.to));
  params.Int(limits.orders_max);
  ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kSelect, params));
  ChangedOrders changed;
  for (const Row row : rows) {
    ASSIGN_OR_RETURN(Order order, DecodeOrder(row));
    changed.orders.push_back({.order = std::move(order),
                              .refunded = row.Text(kOrderColumns) == kCancelOrder,
                              .traceparent = row.String(kOrderColumns + 1)});
  }
  if (rows.size() == limits.orders_max) {
    changed.last = changed.orders.back().order.order_id;
  } else if (!bound.empty()) {
    changed.last = OrderId(bound[0].String(0));
  }
  return changed;
}

absl::StatusOr<EventRepublication> InsertRepublication(postgres::Transaction& transaction,
                                                       const EventRepublication& republication) {
  const RepublicationRequest& request = republication.request;
  Params params;
  params.Text(republication.republication_id).Text(request.request_id.value());
  params.Text(postgres::FormatTimestamp(request.from)).Text(postgres::FormatTimestamp(request.to));
  params.Text(PlaceOf(request.after)).Text(request.actor).Text(request.reason);
  params.Int(republication.orders).Int(republication.events);
  params.TextOrNull(republication.last.value());
  ASSIGN_OR_RETURN(const Rows inserted, transaction.Execute(kInsert, params));
  return Decode(inserted[0]);
}

absl::StatusOr<std::vector<EventRepublication>> ListRepublications(
    postgres::Transaction& transaction, const std::string& before, int limit) {
  Params params;
  params.Text(postgres::BeforeOrLast(before)).Int(limit);
  ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kList, params));
  std::vector<EventRepublication> republications;
  for (const Row row : rows) {
    republications.push_back(Decode(row));
  }
  return republications;
}

}  // namespace orderflow::order
