#pragma once

#include "libs/rpc/service.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "services/payment_provider_simulator/domain/faults.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment_provider_simulator {

// orderflow.provider.v1.ProviderControlService: switches faults. Threadsafe.
class ProviderControlGrpcService final
    : public rpc::ServiceOf<provider::v1::ProviderControlService::AsyncService> {
 public:
  ProviderControlGrpcService(FaultInjector& faults, rpc::CallExecutor& executor)
      : faults_(faults), executor_(executor) {
    Unary(&Generated::RequestSetFaults, &ProviderControlGrpcService::SetFaults);
    Unary(&Generated::RequestGetFaults, &ProviderControlGrpcService::GetFaults);
  }

 private:
  void SetFaults(rpc::ServerCall* call, const provider::v1::SetFaultsRequest* request,
                 provider::v1::Faults* response);
  void GetFaults(rpc::ServerCall* call, const provider::v1::GetFaultsRequest* request,
                 provider::v1::Faults* response);

  FaultInjector& faults_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::payment_provider_simulator
