#include "services/order/persistence/idempotency_rows.h"

#include <string>
#include <utility>
#include <vector>

#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/row_codec.h"
#include "services/order/persistence/sql_columns.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kReplay{
    "order_replay_answers",
    "UPDATE idempotency_keys k SET replays = k.replays + 1 "
    "FROM unnest($1::text[], $2::uuid[]) AS u(customer_id, request_id) "
    "WHERE k.customer_id = u.customer_id AND k.request_id = u.request_id "
    "RETURNING k.customer_id, k.request_id, k.body_hash, k.order_id, k.refusal"};

constexpr Statement kSelectOrders{"order_select_orders_of_answers",
                                  "SELECT " ORDERFLOW_ORDER_COLUMNS
                                  " FROM orders WHERE order_id = ANY($1::uuid[]) LIMIT 10000"};

constexpr Statement kClaim{
    "order_claim_keys",
    "INSERT INTO idempotency_keys (customer_id, request_id, body_hash, order_id, refusal, "
    "create_time) "
    "SELECT u.*, clock_timestamp() FROM unnest($1::text[], $2::uuid[], $3::text[], $4::uuid[], "
    "$5::json[]) AS u "
    "ON CONFLICT (customer_id, request_id) DO NOTHING RETURNING customer_id, request_id"};

// An order as it was when it was accepted: what the first answer said.
Order AsAccepted(Order order) {
  if (!IsPlanted(PlantedBug::kReplayShowsLaterState)) {
    order.history.resize(1);
  }
  return order;
}

absl::StatusOr<std::map<std::string, Order>> SelectOrders(postgres::Transaction& transaction,
                                                          const std::vector<std::string>& ids) {
  std::map<std::string, Order> orders;
  if (ids.empty()) {
    return orders;
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kSelectOrders, Params().UuidArray(ids)));
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(Order order, DecodeOrder(row));
    orders.emplace(row.String(0), AsAccepted(std::move(order)));
  }
  return orders;
}

}  // namespace

absl::StatusOr<std::map<RequestKey, StoredAnswer>> ReplayAnswers(postgres::Transaction& transaction,
                                                                 std::span<const RequestKey> keys) {
  std::vector<std::string> customers, requests;
  for (const RequestKey& key : keys) {
    customers.push_back(key.customer_id.value());
    requests.push_back(key.request_id.value());
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kReplay, Params().TextArray(customers).UuidArray(requests)));
  std::vector<std::string> order_ids;
  for (const postgres::Row row : rows) {
    if (!row.IsNull(3)) {
      order_ids.push_back(row.String(3));
    }
  }
  ASSIGN_OR_RETURN(const auto orders, SelectOrders(transaction, order_ids));
  std::map<RequestKey, StoredAnswer> answers;
  for (const postgres::Row row : rows) {
    const RequestKey key{CustomerId(row.String(0)), RequestId(row.String(1))};
    if (row.IsNull(3)) {
      answers.emplace(key, StoredAnswer{row.String(2), DecodeViolations(row.Text(4))});
    } else if (const auto order = orders.find(row.String(3)); order != orders.end()) {
      answers.emplace(key, StoredAnswer{row.String(2), order->second});
    } else {
      return absl::InternalError("an idempotency record names an order that does not exist: " +
                                 row.String(3));
    }
  }
  return answers;
}

absl::StatusOr<std::set<RequestKey>> ClaimKeys(postgres::Transaction& transaction,
                                               std::span<const Decision> decisions) {
  std::vector<std::string> customers, requests, hashes, order_ids, refusals;
  for (const Decision& decision : decisions) {
    customers.push_back(decision.key.customer_id.value());
    requests.push_back(decision.key.request_id.value());
    hashes.push_back(decision.body_hash);
    order_ids.push_back(decision.answer.ok() ? decision.answer->order_id.value() : "");
    refusals.push_back(decision.answer.ok() ? "" : EncodeViolations(decision.answer.status()));
  }
  Params params;
  params.TextArray(customers).UuidArray(requests).TextArray(hashes);
  params.UuidOrNullArray(order_ids).TextOrNullArray(refusals);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kClaim, params));
  std::set<RequestKey> claimed;
  for (const postgres::Row row : rows) {
    claimed.insert({CustomerId(row.String(0)), RequestId(row.String(1))});
  }
  return claimed;
}

}  // namespace orderflow::order
