#pragma once

#include "libs/rpc/call_executor.h"
#include "libs/rpc/service.h"
#include "orderflow/order/v1/step_admin_service.grpc.pb.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// The API of step_admin_service.proto. Threadsafe.
class StepAdminGrpcService final : public rpc::ServiceOf<v1::StepAdminService::AsyncService> {
 public:
  StepAdminGrpcService(StepPauser& pauser, rpc::CallExecutor& executor)
      : pauser_(pauser), executor_(executor) {
    Unary(&Generated::RequestPauseStep, &StepAdminGrpcService::PauseStep);
    Unary(&Generated::RequestResumeStep, &StepAdminGrpcService::ResumeStep);
    Unary(&Generated::RequestListStepActions, &StepAdminGrpcService::ListStepActions);
  }

 private:
  void PauseStep(rpc::ServerCall* call, const v1::PauseStepRequest* request,
                 v1::StepAction* response);
  void ResumeStep(rpc::ServerCall* call, const v1::ResumeStepRequest* request,
                  v1::StepAction* response);
  void ListStepActions(rpc::ServerCall* call, const v1::ListStepActionsRequest* request,
                       v1::ListStepActionsResponse* response);

  StepPauser& pauser_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
