#include "services/order/sagas/step_pauser.h"

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "services/order/sagas/saga_action.h"

namespace orderflow::order {

absl::Status CheckSameAction(const StepAction& stored, const StepActionRequest& request) {
  const StepActionRequest& first = stored.request;
  if (first.kind == request.kind && first.definition == request.definition &&
      first.step == request.step && first.actor == request.actor &&
      first.reason == request.reason) {
    return absl::OkStatus();
  }
  return ActionRequestIdReused(request.request_id);
}

absl::Status CheckPossible(const StepActionRequest& request, const saga::PausedSteps& paused) {
  const bool is_paused = paused.contains({request.definition, request.step});
  if (is_paused == (request.kind == StepActionKind::kResume)) {
    return absl::OkStatus();
  }
  return TypedError(absl::StatusCode::kFailedPrecondition,
                    fmt::format("step {} of {} is {}", request.step, request.definition,
                                is_paused ? "paused already" : "not paused"),
                    "STEP_ACTION_NOT_POSSIBLE",
                    {{"definition", request.definition}, {"step", request.step}});
}

}  // namespace orderflow::order
