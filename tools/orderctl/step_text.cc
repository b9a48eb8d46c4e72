#include "tools/orderctl/step_text.h"

#include "fmt/format.h"
#include "tools/orderctl/render.h"
#include "tools/orderctl/table.h"

namespace orderflow::orderctl {
namespace {

using order::v1::StepAction;

std::string StepName(const order::v1::StepOfAllSagas& step) {
  return step.definition() + "." + step.step();
}

const char* StateName(bool paused) { return paused ? "PAUSED" : "RUNNING"; }

std::string CommandsText(const StepAction& action) {
  std::string text;
  for (const std::string& command : action.commands()) {
    text += (text.empty() ? "" : ", ") + command;
  }
  return text;
}

std::string BacklogText(const StepAction& action) {
  if (!action.has_backlog()) {
    return "not recorded";
  }
  return fmt::format("{}{}", action.backlog().at_least() ? "at least " : "",
                     action.backlog().sagas());
}

}  // namespace

std::string StepActionText(const StepAction& action) {
  const bool dry_run = action.repair().validate_only();
  return fmt::format(
      "{} {} {} in all sagas; was {}\n{}: {}\nsagas that have it ahead or under way: {}\n",
      StepName(action.step()), dry_run ? "would be" : "is", action.paused() ? "paused" : "resumed",
      StateName(action.was_paused()), action.paused() ? "not sent while it is" : "sent again",
      CommandsText(action), BacklogText(action));
}

std::string StepLogText(const order::v1::ListStepActionsResponse& page, const Terminal& terminal) {
  std::string paused;
  for (const order::v1::StepOfAllSagas& step : page.paused_steps()) {
    paused += (paused.empty() ? "" : ", ") + StepName(step);
  }
  Table table({"TIME", "STEP", "ACTION", "WHO", "WHY", "BEFORE", "AFTER", "SAGAS"});
  for (const StepAction& action : page.actions()) {
    table.AddRow({TimeText(action.create_time()), StepName(action.step()),
                  action.paused() ? "PAUSE" : "RESUME", action.repair().actor(),
                  action.repair().reason(), StateName(action.was_paused()),
                  StateName(action.paused()), BacklogText(action)});
  }
  return fmt::format("paused now: {}\n{}", paused.empty() ? "nothing" : paused,
                     table.Render(terminal, "no actions"));
}

}  // namespace orderflow::orderctl
