#include "services/order/persistence/postgres_step_pauser.h"

#include <limits>
#include <optional>
#include <utility>

#include "libs/base/status_macros.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

#define ORDERFLOW_STEP_ACTION_COLUMNS                                                         \
  "action_id, request_id, action, definition, step, actor, reason, create_time, was_paused, " \
  "backlog_sagas, backlog_at_least"

// Two persons who act on steps wait for each other, so that neither decides on what is gone.
constexpr Statement kLock{"step_action_lock", "SELECT pg_advisory_xact_lock(6021847735512)"};

constexpr Statement kFind{"step_action_find", "SELECT " ORDERFLOW_STEP_ACTION_COLUMNS
                                              " FROM step_actions WHERE request_id = $1::uuid"};

constexpr Statement kPaused{
    "step_action_paused",
    "SELECT definition, step, create_time FROM (SELECT DISTINCT ON (definition, step) definition, "
    "step, action, create_time FROM step_actions ORDER BY definition, step, action_id DESC) AS "
    "newest "
    "WHERE action = 'PAUSE' LIMIT 1000"};  // more than all definitions have steps

// Ahead or under way: the step, or in a saga that turns back its compensation. The index of open
// sagas bounds what is looked at, however many there are.
constexpr int64_t kOpenSagasMax = 10'000;
constexpr Statement kBacklog{
    "step_action_backlog",
    "SELECT count(*) FILTER (WHERE definition = $1 AND EXISTS ("
    "SELECT FROM json_array_elements(steps) AS s WHERE s->>'name' = $2 AND "
    "(s->>'state' IN ('PENDING', 'EXECUTING', 'UNKNOWN', 'COMPENSATING') OR "
    "(s->>'state' = 'DONE' AND 'COMPENSATING' IN (state, parked_from))))), count(*) "
    "FROM (SELECT definition, steps, state, parked_from FROM sagas "
    "WHERE state NOT IN ('COMPLETED', 'COMPENSATED') ORDER BY saga_id LIMIT $3) AS open"};

constexpr Statement kInsert{
    "step_action_insert",
    "INSERT INTO step_actions (request_id, action, definition, step, actor, reason, was_paused, "
    "backlog_sagas, backlog_at_least) VALUES ($1::uuid, $2, $3, $4, $5, $6, $7::boolean, $8::int, "
    "$9::boolean) RETURNING " ORDERFLOW_STEP_ACTION_COLUMNS};

constexpr Statement kList{"step_action_list",
                          "SELECT " ORDERFLOW_STEP_ACTION_COLUMNS
                          " FROM step_actions WHERE action_id < $1 ORDER BY action_id DESC "
                          "LIMIT $2"};

constexpr char kPause[] = "PAUSE";
constexpr char kResume[] = "RESUME";

StepAction Decode(const postgres::Row& row) {
  StepAction action{
      .action_id = row.Int(0),
      .request = {.request_id = RequestId(row.String(1)),
                  .kind = row.Text(2) == kPause ? StepActionKind::kPause : StepActionKind::kResume,
                  .definition = row.String(3),
                  .step = row.String(4),
                  .actor = row.String(5),
                  .reason = row.String(6)},
      .was_paused = row.Text(2) != kPause,  // what changes nothing was always refused
      .backlog = std::nullopt,
      .time = row.Time(7)};
  if (!row.IsNull(8)) {
    action.was_paused = row.Bool(8);
    action.backlog = StepBacklog{.sagas = static_cast<int>(row.Int(9)), .at_least = row.Bool(10)};
  }
  return action;
}

absl::StatusOr<StepBacklog> CountBacklog(postgres::Transaction& transaction,
                                         const StepActionRequest& request) {
  Params params;
  params.Text(request.definition).Text(request.step).Int(kOpenSagasMax + 1);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kBacklog, params));
  return StepBacklog{.sagas = static_cast<int>(rows[0].Int(0)),
                     .at_least = rows[0].Int(1) > kOpenSagasMax};
}

absl::StatusOr<saga::PausedSteps> ReadPaused(postgres::Transaction& transaction) {
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kPaused));
  saga::PausedSteps paused;
  for (const postgres::Row row : rows) {
    paused.emplace(std::pair(row.String(0), row.String(1)), row.Time(2));
  }
  return paused;
}

absl::StatusOr<StepAction> ActIn(postgres::Transaction& transaction,
                                 const StepActionRequest& request) {
  RETURN_IF_ERROR(transaction.Execute(kLock).status());
  ASSIGN_OR_RETURN(const postgres::Rows stored,
                   transaction.Execute(kFind, Params().Text(request.request_id.value())));
  if (!stored.empty()) {
    StepAction action = Decode(stored[0]);
    RETURN_IF_ERROR(CheckSameAction(action, request));
    return action;
  }
  ASSIGN_OR_RETURN(const saga::PausedSteps paused, ReadPaused(transaction));
  RETURN_IF_ERROR(CheckPossible(request, paused));
  const bool was_paused = paused.contains({request.definition, request.step});
  ASSIGN_OR_RETURN(const StepBacklog backlog, CountBacklog(transaction, request));
  if (request.validate_only) {
    return StepAction{.action_id = 0,
                      .request = request,
                      .was_paused = was_paused,
                      .backlog = backlog,
                      .time = {}};
  }
  Params params;
  params.Text(request.request_id.value());
  params.Text(request.kind == StepActionKind::kPause ? kPause : kResume);
  params.Text(request.definition).Text(request.step).Text(request.actor).Text(request.reason);
  params.Text(was_paused ? "t" : "f").Int(backlog.sagas).Text(backlog.at_least ? "t" : "f");
  ASSIGN_OR_RETURN(const postgres::Rows inserted, transaction.Execute(kInsert, params));
  return Decode(inserted[0]);
}

}  // namespace

absl::StatusOr<StepAction> PostgresStepPauser::Act(const StepActionRequest& request) {
  StepAction action;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(action, ActIn(transaction, request));
    return absl::OkStatus();
  }));
  return action;
}

absl::StatusOr<std::vector<StepAction>> PostgresStepPauser::List(int64_t before, int limit) {
  std::vector<StepAction> actions;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    actions.clear();
    Params params;
    params.Int(before == 0 ? std::numeric_limits<int64_t>::max() : before).Int(limit);
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kList, params));
    for (const postgres::Row row : rows) {
      actions.push_back(Decode(row));
    }
    return absl::OkStatus();
  }));
  return actions;
}

absl::StatusOr<saga::PausedSteps> PostgresStepPauser::Paused() {
  saga::PausedSteps paused;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(paused, ReadPaused(transaction));
    return absl::OkStatus();
  }));
  return paused;
}

}  // namespace orderflow::order
