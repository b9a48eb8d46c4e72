#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "tools/orderctl/demo/order_api.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::orderctl {
namespace {

using order::v1::Order;
using order::v1::OrderService;

constexpr int kPageSize = 1000;  // the largest that the service gives

class GrpcOrderApi final : public OrderApi {
 public:
  GrpcOrderApi(const std::shared_ptr<grpc::Channel>& channel, Duration call_timeout)
      : stub_(OrderService::NewStub(channel)), call_timeout_(call_timeout) {}

  absl::StatusOr<Order> Create(const order::v1::CreateOrderRequest& request) override {
    return Call(*stub_, &OrderService::Stub::CreateOrder, request, call_timeout_);
  }

  absl::StatusOr<Order> Get(const std::string& order_id) override {
    order::v1::GetOrderRequest request;
    request.set_order_id(order_id);
    return Call(*stub_, &OrderService::Stub::GetOrder, request, call_timeout_);
  }

  absl::StatusOr<Order> Cancel(const order::v1::CancelOrderRequest& request) override {
    return Call(*stub_, &OrderService::Stub::CancelOrder, request, call_timeout_);
  }

  absl::StatusOr<std::vector<std::string>> List(const std::string& customer_id) override {
    order::v1::ListOrdersRequest request;
    request.set_customer_id(customer_id);
    request.set_page_size(kPageSize);
    std::vector<std::string> ids;
    do {
      const auto page = Call(*stub_, &OrderService::Stub::ListOrders, request, call_timeout_);
      if (!page.ok()) {
        return page.status();
      }
      for (const Order& order : page->orders()) {
        ids.push_back(order.order_id());
      }
      request.set_page_token(page->next_page_token());
    } while (!request.page_token().empty());
    return ids;
  }

 private:
  std::unique_ptr<OrderService::Stub> stub_;
  Duration call_timeout_;
};

}  // namespace

std::unique_ptr<OrderApi> MakeGrpcOrderApi(std::shared_ptr<grpc::Channel> channel,
                                           Duration call_timeout) {
  return std::make_unique<GrpcOrderApi>(std::move(channel), call_timeout);
}

}  // namespace orderflow::orderctl
