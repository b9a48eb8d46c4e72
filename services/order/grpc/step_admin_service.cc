#include "services/order/grpc/step_admin_service.h"

#include <string>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/rpc/page_token.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/step_pause_mapping.h"

namespace orderflow::order {

void StepAdminGrpcService::PauseStep(rpc::ServerCall* call, const v1::PauseStepRequest* request,
                                     v1::StepAction* response) {
  executor_.Run(
      call, "PauseStep",
      rpc::NotForCustomers(ForClient([=, this](const rpc::Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(
            const StepActionRequest action,
            ValidateStepAction(StepActionKind::kPause, request->step(), request->repair(), caller));
        ASSIGN_OR_RETURN(const StepAction done, pauser_.Act(action));
        *response = ToProto(done);
        return absl::OkStatus();
      })));
}

void StepAdminGrpcService::ResumeStep(rpc::ServerCall* call, const v1::ResumeStepRequest* request,
                                      v1::StepAction* response) {
  executor_.Run(
      call, "ResumeStep",
      rpc::NotForCustomers(ForClient([=, this](const rpc::Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(const StepActionRequest action,
                         ValidateStepAction(StepActionKind::kResume, request->step(),
                                            request->repair(), caller));
        ASSIGN_OR_RETURN(const StepAction done, pauser_.Act(action));
        *response = ToProto(done);
        return absl::OkStatus();
      })));
}

void StepAdminGrpcService::ListStepActions(rpc::ServerCall* call,
                                           const v1::ListStepActionsRequest* request,
                                           v1::ListStepActionsResponse* response) {
  executor_.Run(call, "ListStepActions", rpc::NotForCustomers([=, this]() -> absl::Status {
                  ASSIGN_OR_RETURN(const StepActionPage page, ValidateListStepActions(*request));
                  ASSIGN_OR_RETURN(const saga::PausedSteps paused, pauser_.Paused());
                  for (const auto& [step, since] : paused) {
                    v1::StepOfAllSagas& added = *response->add_paused_steps();
                    added.set_definition(step.first);
                    added.set_step(step.second);
                  }
                  ASSIGN_OR_RETURN(const std::vector<StepAction> actions,
                                   pauser_.List(page.before, page.limit));
                  for (const StepAction& action : actions) {
                    *response->add_actions() = ToProto(action);
                  }
                  if (static_cast<int>(actions.size()) == page.limit) {
                    response->set_next_page_token(rpc::EncodePageToken(
                        std::to_string(actions.back().action_id), /*filter=*/""));
                  }
                  return absl::OkStatus();
                }));
}

}  // namespace orderflow::order
