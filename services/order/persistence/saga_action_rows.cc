#include "services/order/persistence/saga_action_rows.h"

#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "services/order/persistence/saga_snapshot_codec.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

#define ORDERFLOW_SAGA_ACTION_COLUMNS                                                       \
  "action_id, request_id, order_id, action, actor, reason, step, evidence, before, after, " \
  "commands, create_time, to_version, events"

constexpr Statement kFind{"saga_action_find", "SELECT " ORDERFLOW_SAGA_ACTION_COLUMNS
                                              " FROM saga_actions WHERE request_id = $1::uuid "
                                              "AND order_id = ANY($2::uuid[]) LIMIT 10000"};

constexpr Statement kInsert{
    "saga_action_insert",
    "INSERT INTO saga_actions (" ORDERFLOW_SAGA_ACTION_COLUMNS
    ") SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], "
    "$6::text[], $7::text[], $8::text[], $9::json[], $10::json[], $11::json[], "
    "$12::timestamptz[], $13::int[], $14::json[])"};

// One statement per filter, so that each has its own plan.
constexpr Statement kListAll{"saga_action_list_all",
                             "SELECT " ORDERFLOW_SAGA_ACTION_COLUMNS
                             " FROM saga_actions WHERE action_id < $1::uuid "
                             "ORDER BY action_id DESC LIMIT $2"};
constexpr Statement kListOfOrder{"saga_action_list_of_order",
                                 "SELECT " ORDERFLOW_SAGA_ACTION_COLUMNS
                                 " FROM saga_actions WHERE action_id < $1::uuid "
                                 "AND order_id = $3::uuid ORDER BY action_id DESC LIMIT $2"};

absl::StatusOr<SagaAction> Decode(const postgres::Row& row) {
  const auto kind = ParseSagaActionKind(row.Text(3));
  if (!kind) {
    return absl::InternalError(fmt::format(
        "saga action {} is a {}, which this binary does not know", row.Text(0), row.Text(3)));
  }
  SagaAction action;
  action.action_id = row.String(0);
  action.order_id = OrderId(row.String(2));
  action.request = {.request_id = RequestId(row.String(1)),
                    .kind = *kind,
                    .actor = row.String(4),
                    .reason = row.String(5),
                    .step = row.String(6),
                    .evidence = row.String(7),
                    .to_version = static_cast<int>(row.Int(12))};
  ASSIGN_OR_RETURN(action.before, DecodeSnapshot(row.Text(8)));
  ASSIGN_OR_RETURN(action.after, DecodeSnapshot(row.Text(9)));
  ASSIGN_OR_RETURN(action.commands, DecodeCommands(row.Text(10)));
  action.time = row.Time(11);
  ASSIGN_OR_RETURN(action.events, DecodeEvents(row.Text(13)));
  return action;
}

}  // namespace

absl::StatusOr<std::map<OrderId, SagaAction>> FindSagaActions(postgres::Transaction& transaction,
                                                              const RequestId& request_id,
                                                              std::span<const OrderId> order_ids) {
  std::vector<std::string> ids;
  for (const OrderId& id : order_ids) {
    ids.push_back(id.value());
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kFind, Params().Text(request_id.value()).UuidArray(ids)));
  std::map<OrderId, SagaAction> actions;
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(SagaAction action, Decode(row));
    OrderId order_id = action.order_id;
    actions.emplace(std::move(order_id), std::move(action));
  }
  return actions;
}

absl::Status InsertSagaActions(postgres::Transaction& transaction,
                               std::span<const SagaAction> actions) {
  std::vector<std::string> ids, request_ids, order_ids, kinds, actors, reasons, steps, evidences,
      states_before, states_after, commands, events;
  std::vector<Timestamp> times;
  std::vector<int64_t> to_versions;
  for (const SagaAction& action : actions) {
    if (action.request.kind == SagaActionKind::kSkip &&
        IsPlanted(PlantedBug::kSkipLeavesNoRecord)) {
      continue;
    }
    ids.push_back(action.action_id);
    request_ids.push_back(IsPlanted(PlantedBug::kRepairAppliedTwice)
                              ? action.action_id
                              : action.request.request_id.value());
    order_ids.push_back(action.order_id.value());
    kinds.push_back(ToString(action.request.kind));
    actors.push_back(action.request.actor);
    reasons.push_back(action.request.reason);
    steps.push_back(action.request.step);
    evidences.push_back(action.request.evidence);
    states_before.push_back(EncodeSnapshot(action.before));
    states_after.push_back(EncodeSnapshot(action.after));
    commands.push_back(EncodeCommands(action.commands));
    events.push_back(EncodeEvents(action.events));
    times.push_back(action.time);
    to_versions.push_back(action.request.to_version);
  }
  if (ids.empty()) {
    return absl::OkStatus();
  }
  Params params;
  params.UuidArray(ids).UuidArray(request_ids).UuidArray(order_ids).TextArray(kinds);
  params.TextArray(actors).TextArray(reasons).TextArray(steps).TextArray(evidences);
  params.TextArray(states_before).TextArray(states_after).TextArray(commands).TimeArray(times);
  params.IntArray(to_versions).TextArray(events);
  return transaction.Queue(kInsert, params);
}

absl::StatusOr<std::vector<SagaAction>> ListSagaActions(postgres::Transaction& transaction,
                                                        const SagaActionFilter& filter) {
  Params params;
  params.Text(postgres::BeforeOrLast(filter.before)).Int(filter.limit);
  if (!filter.order_id.empty()) {
    params.Text(filter.order_id.value());
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(filter.order_id.empty() ? kListAll : kListOfOrder, params));
  std::vector<SagaAction> actions;
  for (const postgres::Row row : rows) {
    ASSIGN_OR_RETURN(actions.emplace_back(), Decode(row));
  }
  return actions;
}

}  // namespace orderflow::order
