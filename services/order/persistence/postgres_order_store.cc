#include "services/order/persistence/postgres_order_store.h"

#include <iterator>
#include <utility>

#include "libs/base/crash_point.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/telemetry/trace_context.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/persistence/idempotency_rows.h"
#include "services/order/persistence/sql_columns.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kGet{"order_get", "SELECT " ORDERFLOW_ORDER_COLUMNS
                                      " FROM orders WHERE order_id = ANY($1::uuid[]) LIMIT 10000"};

// One statement per filter, so that each has its own plan.
constexpr Statement kListAll{"order_list_all",
                             "SELECT " ORDERFLOW_ORDER_COLUMNS
                             " FROM orders WHERE order_id < $1::uuid AND ($2 = '' OR state = $2) "
                             "ORDER BY order_id DESC LIMIT $3"};
constexpr Statement kListUnderWay{
    "order_list_under_way",
    "SELECT " ORDERFLOW_ORDER_COLUMNS
    " FROM orders WHERE order_id < $1::uuid AND state IN ('PENDING', 'CANCELLING') "
    "AND state = $2 ORDER BY order_id DESC LIMIT $3"};
constexpr Statement kListOfCustomer{"order_list_of_customer",
                                    "SELECT " ORDERFLOW_ORDER_COLUMNS
                                    " FROM orders WHERE customer_id = $4 AND order_id < $1::uuid "
                                    "AND ($2 = '' OR state = $2) ORDER BY order_id DESC LIMIT $3"};

const Statement& ListStatement(const OrderFilter& filter) {
  if (!filter.customer_id.empty()) {
    return kListOfCustomer;
  }
  return filter.state && !IsAtRest(*filter.state) ? kListUnderWay : kListAll;
}

}  // namespace

absl::StatusOr<std::map<RequestKey, StoredAnswer>> PostgresOrderStore::FindAnswers(
    std::span<const RequestKey> keys) {
  std::map<RequestKey, StoredAnswer> answers;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(answers, ReplayAnswers(transaction, keys));
    return absl::OkStatus();
  }));
  return answers;
}

absl::StatusOr<std::map<RequestKey, StoredAnswer>> PostgresOrderStore::Accept(
    std::span<const Decision> decisions) {
  std::map<RequestKey, StoredAnswer> answered_before;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    answered_before.clear();
    ASSIGN_OR_RETURN(const auto claimed, ClaimKeys(transaction, decisions));
    std::vector<WorkflowStep> steps;
    std::vector<outbox::OutboxMessage> messages;
    std::vector<RequestKey> lost;
    for (const Decision& decision : decisions) {
      if (!claimed.contains(decision.key) && !IsPlanted(PlantedBug::kNoRequestDeduplication)) {
        lost.push_back(decision.key);
      } else if (decision.answer.ok()) {
        steps.push_back(workflow_.Start(*decision.answer, decision.traceparent,
                                        {.now = clock_.Now(), .random01 = 0.5}));
        std::move(steps.back().messages.begin(), steps.back().messages.end(),
                  std::back_inserter(messages));
      }
    }
    if (!lost.empty()) {
      ASSIGN_OR_RETURN(answered_before, ReplayAnswers(transaction, lost));
    }
    RETURN_IF_ERROR(InsertAggregates(transaction, steps));
    RETURN_IF_ERROR(outbox_.Insert(transaction, std::move(messages)));
    CRASH_POINT("order.before_commit_of_accept");
    return absl::OkStatus();
  }));
  CRASH_POINT("order.before_answer_to_accept");
  return answered_before;
}

absl::StatusOr<std::map<OrderId, Order>> PostgresOrderStore::Get(
    std::span<const OrderId> order_ids) {
  std::vector<std::string> ids;
  for (const OrderId& id : order_ids) {
    ids.push_back(id.value());
  }
  std::map<OrderId, Order> orders;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    orders.clear();
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kGet, Params().UuidArray(ids)));
    for (const postgres::Row row : rows) {
      ASSIGN_OR_RETURN(Order order, DecodeOrder(row));
      OrderId id = order.order_id;
      orders.emplace(std::move(id), std::move(order));
    }
    return absl::OkStatus();
  }));
  return orders;
}

absl::StatusOr<std::vector<Order>> PostgresOrderStore::List(const OrderFilter& filter) {
  Params params;
  params.Text(postgres::BeforeOrLast(filter.before.value()));
  params.Text(filter.state ? ToString(*filter.state) : "").Int(filter.limit);
  if (!filter.customer_id.empty()) {
    params.Text(filter.customer_id.value());
  }
  std::vector<Order> orders;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    orders.clear();
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(ListStatement(filter), params));
    for (const postgres::Row row : rows) {
      ASSIGN_OR_RETURN(Order order, DecodeOrder(row));
      orders.push_back(std::move(order));
    }
    return absl::OkStatus();
  }));
  return orders;
}

absl::StatusOr<CancelledOrder> PostgresOrderStore::Cancel(const OrderId& order_id,
                                                          const RequestId& request_id,
                                                          const std::string& reason,
                                                          const std::string& traceparent) {
  absl::StatusOr<CancelledOrder> cancelled = OrderNotFound(order_id);
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        const auto load = transaction.attempt() == 1 ? LoadAggregates : LockAggregates;
        ASSIGN_OR_RETURN(auto loaded, load(transaction, std::span(&order_id, 1)));
        const auto found = loaded.aggregates.find(order_id);
        if (found == loaded.aggregates.end()) {
          return OrderNotFound(order_id);
        }
        const std::string& trace = found->second.current.traceparent;
        ASSIGN_OR_RETURN(WorkflowStep step,
                         workflow_.Cancel(found->second, request_id, reason,
                                          telemetry::InTraceOf(trace, traceparent),
                                          {.now = loaded.now, .random01 = 0.5}));
        cancelled = CancelledOrder{.order = step.aggregate.order, .traceparent = trace};
        RETURN_IF_ERROR(UpdateAggregates(transaction, std::span(&step, 1), loaded.now));
        RETURN_IF_ERROR(outbox_.Insert(transaction, std::move(step.messages)));
        CRASH_POINT("order.before_commit_of_cancel");
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  CRASH_POINT("order.before_answer_to_cancel");
  return cancelled;
}

}  // namespace orderflow::order
