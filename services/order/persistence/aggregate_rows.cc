#include "services/order/persistence/aggregate_rows.h"

#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/invariant.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "services/order/persistence/row_codec.h"
#include "services/order/persistence/sql_columns.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kSelectStates{
    "order_select_states",
    "SELECT order_id, state FROM orders WHERE order_id = ANY($1::uuid[]) LIMIT 10000"};

constexpr Statement kInsertOrders{
    "order_insert_orders",
    "INSERT INTO orders (order_id, customer_id, state, sequence, currency_code, total_minor, "
    "email, "
    "payment_method_token, lines, history, saga_id, create_time, update_time) "
    "SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], "
    "$6::bigint[], $7::text[], "
    "$8::text[], $9::json[], $10::json[], $11::uuid[], $12::timestamptz[], $12::timestamptz[])"};

constexpr Statement kUpdateOrders{"order_update_orders",
                                  "UPDATE orders o SET state = u.state, sequence = u.sequence, "
                                  "history = u.history, saga_id = u.saga_id, "
                                  "payment_method_token = u.token, cancel_request_id = "
                                  "u.cancel_request_id, update_time = u.update_time "
                                  "FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::json[], "
                                  "$5::uuid[], $6::text[], $7::uuid[], $8::timestamptz[], "
                                  "$9::bigint[]) AS u(order_id, state, sequence, history, "
                                  "saga_id, token, cancel_request_id, update_time, "
                                  "stored_sequence) WHERE o.order_id = u.order_id "
                                  "AND o.sequence = u.stored_sequence"};

constexpr Statement kInsertSagas{
    "order_insert_sagas",
    "INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from, "
    "steps, refusal, "
    "traceparent, version, next_action_time, create_time, update_time) "
    "SELECT u.saga_id, u.order_id, u.definition, u.definition_version, u.state, u.parked_from, "
    "u.steps, u.refusal, "
    "u.traceparent, 1, u.next_action_time, u.create_time, u.create_time "
    "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], "
    "$7::json[], $8::bytea[], "
    "$9::text[], $10::timestamptz[], $11::timestamptz[]) AS u(saga_id, order_id, definition, "
    "definition_version, "
    "state, parked_from, steps, refusal, traceparent, next_action_time, create_time)"};

// A next_action_time to come that is only moved later stays as it is: then no indexed column
// changes, and the new version of the row needs no index entries (a heap-only tuple). FindDueOrders
// moves it.
constexpr Statement kUpdateSagas{
    "order_update_sagas",
    "UPDATE sagas s SET state = u.state, parked_from = u.parked_from, steps = u.steps, refusal = "
    "u.refusal, hold = u.hold, version = s.version + 1, next_action_time = "
    "CASE WHEN s.next_action_time BETWEEN clock_timestamp() AND u.next_action_time "
    "THEN s.next_action_time ELSE u.next_action_time END, update_time = $9::timestamptz "
    "FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::json[], $6::bytea[], "
    "$7::timestamptz[], $8::text[]) "
    "AS u(saga_id, version, state, parked_from, steps, refusal, next_action_time, hold) "
    "WHERE s.saga_id = u.saga_id AND s.version = u.version"};

// The columns of a batch of sagas, ready to be bound.
struct SagaColumns {
  std::vector<std::string> ids, order_ids, definitions, states, parked_from, holds, steps, refusals,
      traceparents;
  std::vector<int64_t> definition_versions, versions;
  std::vector<std::optional<Timestamp>> next_action_times;
  std::vector<Timestamp> create_times;

  absl::Status Add(const SagaRecord& record) {
    const saga::SagaInstance& saga = record.saga;
    ASSIGN_OR_RETURN(const saga::SagaDefinition* definition,
                     FindSagaDefinition(saga.definition, saga.definition_version));
    ids.push_back(saga.saga_id.value());
    order_ids.push_back(saga.order_id.value());
    definitions.push_back(saga.definition);
    definition_versions.push_back(saga.definition_version);
    states.push_back(saga::ToString(saga.state));
    parked_from.push_back(saga::ToString(saga.parked_from));
    holds.push_back(saga::ToString(saga.hold));
    steps.push_back(EncodeSteps(saga, *definition));
    refusals.push_back(saga.refusal);
    traceparents.push_back(record.traceparent);
    versions.push_back(record.version);
    next_action_times.push_back(saga::NextActionAt(saga));
    create_times.push_back(record.create_time);
    return absl::OkStatus();
  }
};

absl::Status InsertSagas(postgres::Transaction& transaction, const SagaColumns& sagas) {
  if (sagas.ids.empty()) {
    return absl::OkStatus();
  }
  Params params;
  params.UuidArray(sagas.ids).UuidArray(sagas.order_ids).TextArray(sagas.definitions);
  params.IntArray(sagas.definition_versions).TextArray(sagas.states).TextArray(sagas.parked_from);
  params.TextArray(sagas.steps).BytesArray(sagas.refusals).TextArray(sagas.traceparents);
  params.TimeOrNullArray(sagas.next_action_times).TimeArray(sagas.create_times);
  return transaction.Queue(kInsertSagas, params);
}

absl::Status UpdateSagas(postgres::Transaction& transaction, const SagaColumns& sagas,
                         Timestamp now) {
  if (sagas.ids.empty()) {
    return absl::OkStatus();
  }
  Params params;
  params.UuidArray(sagas.ids)
      .IntArray(sagas.versions)
      .TextArray(sagas.states)
      .TextArray(sagas.parked_from);
  params.TextArray(sagas.steps).BytesArray(sagas.refusals).TimeOrNullArray(sagas.next_action_times);
  params.TextArray(sagas.holds).Text(postgres::FormatTimestamp(now));
  return IsPlanted(PlantedBug::kSagaVersionNotChecked)
             ? transaction.Queue(kUpdateSagas, params)
             : transaction.QueueExactly(kUpdateSagas, params, sagas.ids.size());
}

absl::Status UpdateOrders(postgres::Transaction& transaction, std::span<const WorkflowStep> steps) {
  std::vector<std::string> ids, states, histories, saga_ids, tokens, cancel_request_ids;
  std::vector<int64_t> sequences, stored_sequences;
  std::vector<Timestamp> update_times;
  for (const WorkflowStep& step : steps) {
    if (!step.order_changed) {
      continue;
    }
    const Order& order = step.aggregate.order;
    ids.push_back(order.order_id.value());
    states.emplace_back(ToString(order.state()));
    sequences.push_back(order.sequence());
    stored_sequences.push_back(step.aggregate.stored_sequence);
    histories.push_back(EncodeHistory(order.history));
    saga_ids.push_back(step.aggregate.current.saga.saga_id.value());
    tokens.push_back(order.payment_method_token);
    cancel_request_ids.push_back(order.cancel_request_id);
    update_times.push_back(order.update_time());
  }
  if (ids.empty()) {
    return absl::OkStatus();
  }
  Params params;
  params.UuidArray(ids).TextArray(states).IntArray(sequences).TextArray(histories).UuidArray(
      saga_ids);
  params.TextArray(tokens).UuidOrNullArray(cancel_request_ids).TimeArray(update_times);
  params.IntArray(stored_sequences);
  return transaction.QueueExactly(kUpdateOrders, params, ids.size());
}

}  // namespace

absl::StatusOr<std::map<OrderId, OrderState>> FindOrderStates(postgres::Transaction& transaction,
                                                              std::span<const OrderId> order_ids) {
  std::map<OrderId, OrderState> states;
  if (order_ids.empty()) {
    return states;
  }
  std::vector<std::string> ids;
  for (const OrderId& id : order_ids) {
    ids.push_back(id.value());
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kSelectStates, Params().UuidArray(ids)));
  for (const postgres::Row row : rows) {
    const auto state = ParseOrderState(row.Text(1));
    if (!state) {
      return absl::InternalError(fmt::format(
          "order {} is in state {}, which this binary does not know", row.Text(0), row.Text(1)));
    }
    states.emplace(OrderId(row.String(0)), *state);
  }
  return states;
}

absl::Status InsertAggregates(postgres::Transaction& transaction,
                              std::span<const WorkflowStep> steps) {
  std::vector<std::string> ids, customers, states, currencies, emails, tokens, lines, histories,
      saga_ids;
  std::vector<int64_t> sequences, totals;
  std::vector<Timestamp> create_times;
  SagaColumns sagas;
  for (const WorkflowStep& step : steps) {
    const Order& order = step.aggregate.order;
    ids.push_back(order.order_id.value());
    customers.push_back(order.customer_id.value());
    states.emplace_back(ToString(order.state()));
    sequences.push_back(order.sequence());
    currencies.push_back(order.total.currency_code);
    totals.push_back(order.total.amount_minor);
    emails.push_back(order.email);
    tokens.push_back(order.payment_method_token);
    lines.push_back(EncodeLines(order.lines));
    histories.push_back(EncodeHistory(order.history));
    saga_ids.push_back(step.aggregate.current.saga.saga_id.value());
    create_times.push_back(order.create_time());
    RETURN_IF_ERROR(sagas.Add(step.aggregate.current));
  }
  if (ids.empty()) {
    return absl::OkStatus();
  }
  Params params;
  params.UuidArray(ids).TextArray(customers).TextArray(states).IntArray(sequences).TextArray(
      currencies);
  params.IntArray(totals).TextArray(emails).TextArray(tokens).TextArray(lines).TextArray(histories);
  params.UuidArray(saga_ids).TimeArray(create_times);
  RETURN_IF_ERROR(transaction.Queue(kInsertOrders, params));
  return InsertSagas(transaction, sagas);
}

absl::Status UpdateAggregates(postgres::Transaction& transaction,
                              std::span<const WorkflowStep> steps, Timestamp now) {
  SagaColumns inserted;
  SagaColumns updated;
  for (const WorkflowStep& step : steps) {
    for (const SagaRecord& ended : step.ended) {
      RETURN_IF_ERROR((ended.version == 0 ? inserted : updated).Add(ended));
    }
    if (step.saga_changed) {
      const SagaRecord& current = step.aggregate.current;
      RETURN_IF_ERROR((current.version == 0 ? inserted : updated).Add(current));
    }
    INVARIANT(step.saga_changed || !step.order_changed,
              "no order changes without the saga that works for it");
  }
  // Sagas first, as LockAggregates does: two transactions wait for each other in one direction. In
  // which order an UPDATE takes its rows is not SQL's promise but that of the plan, which goes
  // through the array and looks each row up (ADR 0015).
  RETURN_IF_ERROR(UpdateSagas(transaction, updated, now));
  RETURN_IF_ERROR(InsertSagas(transaction, inserted));
  return UpdateOrders(transaction, steps);
}

}  // namespace orderflow::order
