#include "tools/orderctl/saga_repair_text.h"

#include "fmt/format.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/table.h"

namespace orderflow::orderctl {
namespace {

using order::v1::Saga;
using order::v1::SagaAction;

std::string KindName(const SagaAction& action) {
  return ShortName(order::v1::SagaActionKind_Name(action.repair().kind()), "SAGA_ACTION_KIND_");
}

std::string StateName(const Saga& saga) {
  return ShortName(order::v1::SagaState_Name(saga.state()), "SAGA_STATE_");
}

std::string HoldName(const Saga& saga) {
  return ShortName(order::v1::SagaHold_Name(saga.hold()), "SAGA_HOLD_");
}

std::string OrderStateName(order::v1::OrderState state) {
  return ShortName(order::v1::OrderState_Name(state), "ORDER_STATE_");
}

std::string StepText(const order::v1::SagaStep& step) {
  const std::string state =
      ShortName(order::v1::SagaStepState_Name(step.state()), "SAGA_STEP_STATE_");
  return step.attempts() == 0 ? state : fmt::format("{}, attempt {}", state, step.attempts());
}

// Commands to participants, and events, which the notification service and watchers hear of.
std::string SentText(const SagaAction& action) {
  std::string text;
  for (const order::v1::SagaCommand& command : action.commands()) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", command.command());
  }
  for (const std::string& event : action.events()) {
    text += fmt::format("{}event {}", text.empty() ? "" : ", ", event);
  }
  return text;
}

// Only what differs.
void AddChange(Table& table, const std::string& what, const std::string& before,
               const std::string& after) {
  if (before != after) {
    table.AddRow({what, before, after});
  }
}

}  // namespace

std::string SagaActionText(const SagaAction& action, const Terminal& terminal) {
  const Saga& before = action.saga_before();
  const Saga& after = action.saga_after();
  Table changes({"WHAT", "BEFORE", "AFTER"});
  AddChange(changes, "order", OrderStateName(action.order_state_before()),
            OrderStateName(action.order_state_after()));
  AddChange(changes, "saga", before.definition(), after.definition());
  AddChange(changes, "state", StateName(before), StateName(after));
  AddChange(changes, "hold", HoldName(before), HoldName(after));
  for (int i = 0; i < before.steps_size() && i < after.steps_size(); ++i) {
    AddChange(changes, before.steps(i).name(), StepText(before.steps(i)), StepText(after.steps(i)));
  }
  const bool dry_run = action.repair().validate_only();
  const std::string sent = SentText(action);
  return fmt::format("{} of order {} {}\nsends     {}\n{}", KindName(action), action.order_id(),
                     dry_run ? "is possible; nothing was done" : "is done",
                     sent.empty() ? "nothing" : sent, changes.Render(terminal, "nothing changes"));
}

std::string SagaActionsText(const order::v1::ListSagaActionsResponse& page,
                            const Terminal& terminal) {
  Table table({"TIME", "ORDER", "ACTION", "WHO", "WHY", "BEFORE", "AFTER", "SENT"});
  for (const SagaAction& action : page.actions()) {
    const std::string step = action.repair().step();
    table.AddRow({TimeText(action.create_time()), action.order_id(),
                  step.empty() ? KindName(action) : KindName(action) + " " + step,
                  action.repair().actor(), action.repair().reason(),
                  StateName(action.saga_before()), StateName(action.saga_after()),
                  SentText(action)});
  }
  return table.Render(terminal, "no actions");
}

void Count(const order::v1::BatchRepairSagasResponse& batch, RepairTotals& totals) {
  for (const order::v1::SagaRepairResult& result : batch.results()) {
    ++(result.has_error() ? totals.refused : totals.done);
  }
}

std::string RepairResultsText(const order::v1::BatchRepairSagasResponse& batch,
                              const Terminal& terminal) {
  std::string text;
  for (const order::v1::SagaRepairResult& result : batch.results()) {
    if (result.has_error()) {
      text += fmt::format("{} refused: {}\n", result.order_id(), result.error().message());
    } else if (result.action().repair().validate_only()) {
      text += SagaActionText(result.action(), terminal);
    }
  }
  return text;
}

std::string TotalsText(const RepairTotals& totals, bool dry_run) {
  return fmt::format("{} {}, {} refused", totals.done, dry_run ? "would be done" : "done",
                     totals.refused);
}

}  // namespace orderflow::orderctl
