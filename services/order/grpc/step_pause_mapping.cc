#include "services/order/grpc/step_pause_mapping.h"

#include <string>

#include "absl/strings/numbers.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/proto_time.h"
#include "libs/rpc/recorded_actor.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {

absl::StatusOr<StepActionRequest> ValidateStepAction(StepActionKind kind,
                                                     const v1::StepOfAllSagas& step,
                                                     const v1::StepRepair& repair,
                                                     const rpc::Caller& caller) {
  FieldViolations violations;
  violations.Check(!CommandsOfStep(step.definition(), step.step()).empty(), "step",
                   "is not a step of a saga definition");
  violations.Check(IsUuid(repair.request_id()), "repair.request_id", "must be a UUID");
  const std::string actor = rpc::RecordedActor(caller, repair.actor(), "repair.actor", violations);
  CheckReason(repair.reason(), "repair.reason", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return StepActionRequest{.request_id = RequestId(LowerCaseUuid(repair.request_id())),
                           .kind = kind,
                           .definition = step.definition(),
                           .step = step.step(),
                           .actor = actor,
                           .reason = repair.reason(),
                           .validate_only = repair.validate_only()};
}

absl::StatusOr<StepActionPage> ValidateListStepActions(const v1::ListStepActionsRequest& request) {
  FieldViolations violations;
  StepActionPage page;
  page.limit = rpc::PageSize(request.page_size(), violations);
  const std::string before = rpc::DecodePageToken(request.page_token(), "", violations);
  violations.Check(before.empty() || absl::SimpleAtoi(before, &page.before), "page_token",
                   "was not issued by this service");
  RETURN_IF_ERROR(violations.ToStatus());
  return page;
}

v1::StepAction ToProto(const StepAction& action) {
  v1::StepAction proto;
  proto.set_action_id(action.action_id);
  proto.mutable_step()->set_definition(action.request.definition);
  proto.mutable_step()->set_step(action.request.step);
  proto.set_paused(action.request.kind == StepActionKind::kPause);
  v1::StepRepair& repair = *proto.mutable_repair();
  repair.set_request_id(action.request.request_id.value());
  repair.set_actor(action.request.actor);
  repair.set_reason(action.request.reason);
  repair.set_validate_only(action.request.validate_only);
  for (const std::string& command :
       CommandsOfStep(action.request.definition, action.request.step)) {
    proto.add_commands(command);
  }
  proto.set_was_paused(action.was_paused);
  if (action.backlog.has_value()) {
    proto.mutable_backlog()->set_sagas(action.backlog->sagas);
    proto.mutable_backlog()->set_at_least(action.backlog->at_least);
  }
  if (action.action_id != 0) {
    *proto.mutable_create_time() = rpc::ToProtoTime(action.time);
  }
  return proto;
}

}  // namespace orderflow::order
