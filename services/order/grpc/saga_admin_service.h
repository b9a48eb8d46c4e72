#pragma once

#include "libs/rpc/call_executor.h"
#include "libs/rpc/service.h"
#include "orderflow/order/v1/saga_admin_service.grpc.pb.h"
#include "services/order/sagas/saga_reader.h"
#include "services/order/sagas/saga_repairer.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// The API of saga_admin_service.proto. Threadsafe.
class SagaAdminGrpcService final : public rpc::ServiceOf<v1::SagaAdminService::AsyncService> {
 public:
  SagaAdminGrpcService(SagaReader& reader, SagaRepairer& repairer, StepPauser& pauser,
                       StepProof& proof, rpc::CallExecutor& executor)
      : reader_(reader), repairer_(repairer), pauser_(pauser), proof_(proof), executor_(executor) {
    Unary(&Generated::RequestGetSaga, &SagaAdminGrpcService::GetSaga);
    Unary(&Generated::RequestListSagas, &SagaAdminGrpcService::ListSagas);
    Unary(&Generated::RequestExplainSaga, &SagaAdminGrpcService::ExplainSaga);
    Unary(&Generated::RequestRepairSaga, &SagaAdminGrpcService::RepairSaga);
    Unary(&Generated::RequestBatchRepairSagas, &SagaAdminGrpcService::BatchRepairSagas);
    Unary(&Generated::RequestListSagaActions, &SagaAdminGrpcService::ListSagaActions);
  }

 private:
  void GetSaga(rpc::ServerCall* call, const v1::GetSagaRequest* request, v1::Saga* response);
  void ListSagas(rpc::ServerCall* call, const v1::ListSagasRequest* request,
                 v1::ListSagasResponse* response);
  void ExplainSaga(rpc::ServerCall* call, const v1::ExplainSagaRequest* request,
                   v1::SagaExplanation* response);
  void RepairSaga(rpc::ServerCall* call, const v1::RepairSagaRequest* request,
                  v1::SagaAction* response);
  void BatchRepairSagas(rpc::ServerCall* call, const v1::BatchRepairSagasRequest* request,
                        v1::BatchRepairSagasResponse* response);
  void ListSagaActions(rpc::ServerCall* call, const v1::ListSagaActionsRequest* request,
                       v1::ListSagaActionsResponse* response);

  SagaReader& reader_;
  SagaRepairer& repairer_;
  StepPauser& pauser_;
  StepProof& proof_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
