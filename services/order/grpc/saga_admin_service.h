#pragma once

#include "libs/rpc/call_executor.h"
#include "orderflow/order/v1/saga_admin_service.grpc.pb.h"
#include "services/order/sagas/saga_reader.h"
#include "services/order/sagas/saga_repairer.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// The API of saga_admin_service.proto. Threadsafe.
class SagaAdminGrpcService final : public v1::SagaAdminService::CallbackService {
 public:
  SagaAdminGrpcService(SagaReader& reader, SagaRepairer& repairer, StepPauser& pauser,
                       StepProof& proof, rpc::CallExecutor& executor)
      : reader_(reader), repairer_(repairer), pauser_(pauser), proof_(proof), executor_(executor) {}

  grpc::ServerUnaryReactor* GetSaga(grpc::CallbackServerContext* context,
                                    const v1::GetSagaRequest* request, v1::Saga* response) override;
  grpc::ServerUnaryReactor* ListSagas(grpc::CallbackServerContext* context,
                                      const v1::ListSagasRequest* request,
                                      v1::ListSagasResponse* response) override;
  grpc::ServerUnaryReactor* ExplainSaga(grpc::CallbackServerContext* context,
                                        const v1::ExplainSagaRequest* request,
                                        v1::SagaExplanation* response) override;
  grpc::ServerUnaryReactor* RepairSaga(grpc::CallbackServerContext* context,
                                       const v1::RepairSagaRequest* request,
                                       v1::SagaAction* response) override;
  grpc::ServerUnaryReactor* BatchRepairSagas(grpc::CallbackServerContext* context,
                                             const v1::BatchRepairSagasRequest* request,
                                             v1::BatchRepairSagasResponse* response) override;
  grpc::ServerUnaryReactor* ListSagaActions(grpc::CallbackServerContext* context,
                                            const v1::ListSagaActionsRequest* request,
                                            v1::ListSagaActionsResponse* response) override;

 private:
  SagaReader& reader_;
  SagaRepairer& repairer_;
  StepPauser& pauser_;
  StepProof& proof_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
