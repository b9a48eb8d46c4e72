#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "orderflow/order/v1/order_service.pb.h"

namespace grpc {
class Channel;
}

namespace orderflow::orderctl {

// The order service as the demo uses it: one blocking attempt per call. Threadsafe.
class OrderApi {
 public:
  virtual ~OrderApi() = default;
  virtual absl::StatusOr<order::v1::Order> Create(const order::v1::CreateOrderRequest& request) = 0;
  virtual absl::StatusOr<order::v1::Order> Get(const std::string& order_id) = 0;
  virtual absl::StatusOr<order::v1::Order> Cancel(const order::v1::CancelOrderRequest& request) = 0;
  // Ids of every order of a customer, all pages.
  virtual absl::StatusOr<std::vector<std::string>> List(const std::string& customer_id) = 0;
};

// Over gRPC, each attempt bounded by `call_timeout`.
std::unique_ptr<OrderApi> MakeGrpcOrderApi(std::shared_ptr<grpc::Channel> channel,
                                           Duration call_timeout);

}  // namespace orderflow::orderctl
