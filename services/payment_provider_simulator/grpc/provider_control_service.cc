#include "services/payment_provider_simulator/grpc/provider_control_service.h"

#include <string>

#include "libs/base/status_macros.h"
#include "libs/rpc/call_executor.h"
#include "libs/telemetry/log.h"
#include "services/payment_provider_simulator/grpc/provider_mapping.h"

namespace orderflow::payment_provider_simulator {

void ProviderControlGrpcService::SetFaults(rpc::ServerCall* call,
                                           const provider::v1::SetFaultsRequest* request,
                                           provider::v1::Faults* response) {
  executor_.Run(
      call, "SetFaults", rpc::NotForCustomers([this, request, response]() -> absl::Status {
        ASSIGN_OR_RETURN(const Faults faults, FromProto(*request));
        faults_.Set(faults);
        *response = ToProto(faults);
        telemetry::LogInfo(
            "faults were set",
            {{"fail_before_effect", std::to_string(response->fail_before_effect())},
             {"refused_before_effect", std::to_string(response->refused_before_effect())},
             {"no_answer_after_effect", std::to_string(response->no_answer_after_effect())},
             {"delay_ms", std::to_string(response->delay_ms())},
             {"webhook_lost", std::to_string(response->webhook_lost())},
             {"webhook_doubled", std::to_string(response->webhook_doubled())},
             {"webhook_forged", std::to_string(response->webhook_forged())},
             {"webhook_delay_ms_max", std::to_string(response->webhook_delay_ms_max())}});
        return absl::OkStatus();
      }));
}

void ProviderControlGrpcService::GetFaults(rpc::ServerCall* call,
                                           const provider::v1::GetFaultsRequest* /*request*/,
                                           provider::v1::Faults* response) {
  executor_.Run(call, "GetFaults", rpc::NotForCustomers([this, response]() {
                  *response = ToProto(faults_.Get());
                  return absl::OkStatus();
                }));
}

}  // namespace orderflow::payment_provider_simulator
