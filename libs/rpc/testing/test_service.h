#pragma once

#include <grpcpp/grpcpp.h>

#include <utility>

#include "libs/rpc/service.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::rpc {

// A service for this folder's tests: its one method does what the test says.
class TestService final
    : public ServiceOf<provider::v1::ProviderService::WithAsyncMethod_GetOperation<
          provider::v1::ProviderService::Service>> {
 public:
  using Request = provider::v1::GetOperationRequest;
  using Response = provider::v1::Operation;
  using Method = UnaryHandler<Request, Response>;

  explicit TestService(Method method) { Unary(&Generated::RequestGetOperation, std::move(method)); }
};

}  // namespace orderflow::rpc
