#pragma once

#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "services/payment_provider_simulator/domain/faults.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment_provider_simulator {

// orderflow.provider.v1.ProviderControlService: switches faults. Threadsafe.
class ProviderControlGrpcService final
    : public provider::v1::ProviderControlService::CallbackService {
 public:
  ProviderControlGrpcService(FaultInjector& faults, rpc::CallExecutor& executor)
      : faults_(faults), executor_(executor) {}

  grpc::ServerUnaryReactor* SetFaults(grpc::CallbackServerContext* context,
                                      const provider::v1::SetFaultsRequest* request,
                                      provider::v1::Faults* response) override;
  grpc::ServerUnaryReactor* GetFaults(grpc::CallbackServerContext* context,
                                      const provider::v1::GetFaultsRequest* request,
                                      provider::v1::Faults* response) override;

 private:
  FaultInjector& faults_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::payment_provider_simulator
