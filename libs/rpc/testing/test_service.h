#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>

#include "libs/rpc/call_executor.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::rpc {

// A service for this folder's tests: its one method does what the test says.
class TestService final : public provider::v1::ProviderService::CallbackService {
 public:
  using Request = provider::v1::GetOperationRequest;
  using Response = provider::v1::Operation;
  using Method = std::function<grpc::ServerUnaryReactor*(grpc::CallbackServerContext*,
                                                         const Request*, Response*)>;

  explicit TestService(Method method) : method_(std::move(method)) {}

  grpc::ServerUnaryReactor* GetOperation(grpc::CallbackServerContext* context,
                                         const Request* request, Response* response) override {
    return method_(context, request, response);
  }

 private:
  Method method_;
};

}  // namespace orderflow::rpc
