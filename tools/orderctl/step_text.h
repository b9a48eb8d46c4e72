#pragma once

#include <string>

#include "orderflow/order/v1/step_admin_service.pb.h"
#include "tools/orderctl/terminal.h"

namespace orderflow::orderctl {

// What an action on a step did, or would do: what changes, which commands it is about, and how many
// sagas.
std::string StepActionText(const order::v1::StepAction& action);

// What is paused now, and one line per action.
std::string StepLogText(const order::v1::ListStepActionsResponse& page, const Terminal& terminal);

}  // namespace orderflow::orderctl
