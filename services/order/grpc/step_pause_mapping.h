#pragma once

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"
#include "orderflow/order/v1/step_admin_service.pb.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// Requests as they are asked for; kInvalidArgument names every field that is not as required.
absl::StatusOr<StepActionRequest> ValidateStepAction(StepActionKind kind,
                                                     const v1::StepOfAllSagas& step,
                                                     const v1::StepRepair& repair,
                                                     const rpc::Caller& caller);
struct StepActionPage {
  int64_t before = 0;
  int limit = 0;
};
absl::StatusOr<StepActionPage> ValidateListStepActions(const v1::ListStepActionsRequest& request);

v1::StepAction ToProto(const StepAction& action);

}  // namespace orderflow::order
