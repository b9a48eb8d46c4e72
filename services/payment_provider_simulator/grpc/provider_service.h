#pragma once

#include "orderflow/provider/v1/provider_service.grpc.pb.h"
#include "services/payment_provider_simulator/domain/bookkeeper.h"
#include "services/payment_provider_simulator/grpc/delayed_answers.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::payment_provider_simulator {

// orderflow.provider.v1.ProviderService. Calls that book are answered after their commit; faults
// and magic tokens may delay an answer or withhold it (the call then ends with the caller's
// deadline). Faults concern GetOperation too, but not ListOperations: the books stay readable.
// Threadsafe.
class ProviderGrpcService final : public provider::v1::ProviderService::CallbackService {
 public:
  ProviderGrpcService(Bookkeeper& bookkeeper, BookStore& store, FaultInjector& faults,
                      DelayedAnswers& delayed, rpc::CallExecutor& executor)
      : bookkeeper_(bookkeeper),
        store_(store),
        faults_(faults),
        delayed_(delayed),
        executor_(executor) {}

  grpc::ServerUnaryReactor* Authorize(grpc::CallbackServerContext* context,
                                      const provider::v1::AuthorizeRequest* request,
                                      provider::v1::Operation* response) override;
  grpc::ServerUnaryReactor* Capture(grpc::CallbackServerContext* context,
                                    const provider::v1::CaptureRequest* request,
                                    provider::v1::Operation* response) override;
  grpc::ServerUnaryReactor* Void(grpc::CallbackServerContext* context,
                                 const provider::v1::VoidRequest* request,
                                 provider::v1::Operation* response) override;
  grpc::ServerUnaryReactor* Refund(grpc::CallbackServerContext* context,
                                   const provider::v1::RefundRequest* request,
                                   provider::v1::Operation* response) override;
  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context,
                                         const provider::v1::GetOperationRequest* request,
                                         provider::v1::Operation* response) override;
  grpc::ServerUnaryReactor* ListOperations(grpc::CallbackServerContext* context,
                                           const provider::v1::ListOperationsRequest* request,
                                           provider::v1::ListOperationsResponse* response) override;

 private:
  grpc::ServerUnaryReactor* Book(grpc::CallbackServerContext* context, const char* method,
                                 absl::StatusOr<MerchantCall> call,
                                 provider::v1::Operation* response);
  absl::Status List(const provider::v1::ListOperationsRequest& request,
                    provider::v1::ListOperationsResponse& response);

  Bookkeeper& bookkeeper_;
  BookStore& store_;
  FaultInjector& faults_;
  DelayedAnswers& delayed_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::payment_provider_simulator
