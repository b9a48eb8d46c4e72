#pragma once

#include "libs/rpc/call_executor.h"
#include "orderflow/order/v1/saga_admin_service.grpc.pb.h"
#include "services/order/sagas/saga_reader.h"

namespace orderflow::order {

// The API of saga_admin_service.proto. Read only. Threadsafe.
class SagaAdminGrpcService final : public v1::SagaAdminService::CallbackService {
 public:
  SagaAdminGrpcService(SagaReader& reader, rpc::CallExecutor& executor)
      : reader_(reader), executor_(executor) {}

  grpc::ServerUnaryReactor* GetSaga(grpc::CallbackServerContext* context,
                                    const v1::GetSagaRequest* request, v1::Saga* response) override;
  grpc::ServerUnaryReactor* ListSagas(grpc::CallbackServerContext* context,
                                      const v1::ListSagasRequest* request,
                                      v1::ListSagasResponse* response) override;
  grpc::ServerUnaryReactor* ExplainSaga(grpc::CallbackServerContext* context,
                                        const v1::ExplainSagaRequest* request,
                                        v1::SagaExplanation* response) override;

 private:
  SagaReader& reader_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
