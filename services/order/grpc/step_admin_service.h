#pragma once

#include "libs/rpc/call_executor.h"
#include "orderflow/order/v1/step_admin_service.grpc.pb.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// The API of step_admin_service.proto. Threadsafe.
class StepAdminGrpcService final : public v1::StepAdminService::CallbackService {
 public:
  StepAdminGrpcService(StepPauser& pauser, rpc::CallExecutor& executor)
      : pauser_(pauser), executor_(executor) {}

  grpc::ServerUnaryReactor* PauseStep(grpc::CallbackServerContext* context,
                                      const v1::PauseStepRequest* request,
                                      v1::StepAction* response) override;
  grpc::ServerUnaryReactor* ResumeStep(grpc::CallbackServerContext* context,
                                       const v1::ResumeStepRequest* request,
                                       v1::StepAction* response) override;
  grpc::ServerUnaryReactor* ListStepActions(grpc::CallbackServerContext* context,
                                            const v1::ListStepActionsRequest* request,
                                            v1::ListStepActionsResponse* response) override;

 private:
  StepPauser& pauser_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
