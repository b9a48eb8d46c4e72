#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/service.h"
#include "libs/rpc/status_mapping.h"
#include "libs/testing/status_matchers.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {

// A service behind a gRPC server of its own, over a real, empty database.
template <class Service>
class ApiTest : public OrderDatabaseTest {
 protected:
  using Stub = typename Service::Stub;
  static constexpr std::chrono::seconds kCallTimeout{30};

  void Serve(rpc::Service& service) {
    ASSERT_THAT(server_.Start({&service}), testing::IsOk());
    stub_ = Service::NewStub(rpc::MakeChannel("127.0.0.1:" + std::to_string(server_.port()), {}));
  }
  // Before what the service runs on goes.
  void StopServing() { server_.Stop(kCallTimeout); }

  template <class Request, class Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
    Response response;
    const grpc::Status status = (stub_.get()->*method)(&context, request, &response);
    if (!status.ok()) {
      return rpc::FromGrpcStatus(status);
    }
    return response;
  }

  std::unique_ptr<Stub> stub_;

 private:
  rpc::Server server_{{.listen_address = "127.0.0.1:0"}};
};

}  // namespace orderflow::order
