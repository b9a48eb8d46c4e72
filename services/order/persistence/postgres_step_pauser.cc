#include "services/order/persistence/postgres_step_pauser.h"

#include <limits>
#include <utility>

#include "libs/base/status_macros.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

#define ORDERFLOW_STEP_ACTION_COLUMNS \
  "action_id, request_id, action, definition, step, actor, reason, create_time"

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

constexpr Statement kInsert{
    "step_action_insert",
    "INSERT INTO step_actions (request_id, action, definition, step, actor, reason) "
    "VALUES ($1::uuid, $2, $3, $4, $5, $6) RETURNING " ORDERFLOW_STEP_ACTION_COLUMNS};

constexpr Statement kList{"step_action_list",
                          "SELECT " ORDERFLOW_STEP_ACTION_COLUMNS
                          " FROM step_actions WHERE action_id < $1 ORDER BY action_id DESC "
                          "LIMIT $2"};

constexpr char kPause[] = "PAUSE";
constexpr char kResume[] = "RESUME";

StepAction Decode(const postgres::Row& row) {
  return {
      .action_id = row.Int(0),
      .request = {.request_id = RequestId(row.String(1)),
                  .kind = row.Text(2) == kPause ? StepActionKind::kPause : StepActionKind::kResume,
                  .definition = row.String(3),
                  .step = row.String(4),
                  .actor = row.String(5),
                  .reason = row.String(6)},
      .time = row.Time(7)};
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
  if (request.validate_only) {
    return StepAction{.action_id = 0, .request = request, .time = {}};
  }
  Params params;
  params.Text(request.request_id.value());
  params.Text(request.kind == StepActionKind::kPause ? kPause : kResume);
  params.Text(request.definition).Text(request.step).Text(request.actor).Text(request.reason);
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
