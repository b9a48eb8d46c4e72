#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "orderflow/inventory/v1/inventory_service.grpc.pb.h"
#include "orderflow/notification/v1/notification_service.grpc.pb.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "orderflow/order/v1/saga_admin_service.grpc.pb.h"
#include "orderflow/order/v1/step_admin_service.grpc.pb.h"
#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "orderflow/provider/v1/provider_service.grpc.pb.h"

namespace orderflow::e2e {

inline constexpr std::chrono::seconds kCallTimeout(10);
inline constexpr std::chrono::seconds kRestTimeout(60);  // until an order must be at rest

// The public APIs of the running stack, as clients use them. Threadsafe.
class Api {
 public:
  static Api& Get();

  // A new SKU in EUR with `stock` pieces; returns its name.
  std::string AddItem(int64_t price_minor, int64_t stock);
  inventory::v1::Item GetItem(const std::string& sku);

  absl::StatusOr<order::v1::Order> Create(const order::v1::CreateOrderRequest& request);
  absl::StatusOr<order::v1::Order> GetOrder(const std::string& order_id);
  absl::StatusOr<order::v1::Order> Cancel(const std::string& order_id,
                                          const std::string& request_id,
                                          const std::string& reason = "no longer needed");
  std::vector<order::v1::Order> ListOrders(const std::string& customer_id);

  // Follows the order by WatchOrder until it is at rest and returns what it then is; fails the test
  // when that takes longer than kRestTimeout.
  order::v1::Order AwaitRest(const std::string& order_id, int64_t after_sequence = 0);
  // Creates and follows.
  order::v1::Order Settle(const order::v1::CreateOrderRequest& request);

  absl::StatusOr<payment::v1::Payment> GetPayment(const std::string& order_id);
  absl::StatusOr<order::v1::Saga> GetSagaOf(const std::string& order_id);
  absl::StatusOr<order::v1::SagaExplanation> Explain(const std::string& order_id);
  // Does it under a new request id; `step` is for a skip.
  absl::StatusOr<order::v1::SagaAction> Repair(const std::string& order_id,
                                               order::v1::SagaActionKind kind,
                                               const std::string& step = "");
  // Pause or resume a step of place_order in all sagas.
  absl::StatusOr<order::v1::StepAction> PauseStep(const std::string& step);
  absl::StatusOr<order::v1::StepAction> ResumeStep(const std::string& step);
  std::vector<notification::v1::Notification> Notifications(const std::string& order_id);
  // Switches the provider's faults; fails the test when that does not work.
  void SetFaults(const provider::v1::Faults& faults);
  // The provider's books about one order.
  std::vector<provider::v1::Operation> Books(const std::string& order_id);

  order::v1::OrderService::Stub& orders() { return *orders_; }
  inventory::v1::InventoryService::Stub& inventory() { return *inventory_; }

 private:
  Api();

  std::unique_ptr<order::v1::OrderService::Stub> orders_;
  std::unique_ptr<order::v1::SagaAdminService::Stub> sagas_;
  std::unique_ptr<order::v1::StepAdminService::Stub> steps_;
  std::unique_ptr<payment::v1::PaymentService::Stub> payments_;
  std::unique_ptr<inventory::v1::InventoryService::Stub> inventory_;
  std::unique_ptr<notification::v1::NotificationService::Stub> notifications_;
  std::unique_ptr<provider::v1::ProviderService::Stub> provider_;
  std::unique_ptr<provider::v1::ProviderControlService::Stub> provider_control_;
};

// A fresh UUID.
std::string NewId();

// A valid request for one piece of `sku`, with ids of its own.
order::v1::CreateOrderRequest AnOrder(const std::string& sku, int quantity = 1);

}  // namespace orderflow::e2e
