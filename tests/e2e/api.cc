#include "tests/e2e/api.h"

#include <gtest/gtest.h>

#include "fmt/format.h"
#include "libs/rpc/channel.h"
#include "tests/e2e/stack.h"
#include "tools/orderctl/follow_order.h"
#include "tools/orderctl/new_id.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::e2e {
namespace {

using inventory::v1::InventoryService;
using notification::v1::NotificationService;
using order::v1::Order;
using order::v1::OrderService;
using order::v1::SagaAdminService;
using order::v1::StepAdminService;
using orderctl::Call;
using payment::v1::PaymentService;
using provider::v1::ProviderControlService;
using provider::v1::ProviderService;

std::shared_ptr<grpc::Channel> Connect(const std::string& setting) {
  return rpc::MakeChannel(Stack::Get()[setting], {.credentials = Stack::Get().Credentials()});
}

template <class Request>
Request AStepRequest(const std::string& step) {
  Request request;
  request.mutable_step()->set_definition("place_order");
  request.mutable_step()->set_step(step);
  request.mutable_repair()->set_request_id(NewId());
  request.mutable_repair()->set_actor("e2e");
  request.mutable_repair()->set_reason("a test");
  return request;
}

}  // namespace

Api& Api::Get() {
  static Api api;
  return api;
}

Api::Api()
    : orders_(OrderService::NewStub(Connect("ORDERFLOW_ORDER_ADDRESS"))),
      sagas_(SagaAdminService::NewStub(Connect("ORDERFLOW_SAGA_ADDRESS"))),
      steps_(StepAdminService::NewStub(Connect("ORDERFLOW_SAGA_ADDRESS"))),
      payments_(PaymentService::NewStub(Connect("ORDERFLOW_PAYMENT_ADDRESS"))),
      inventory_(InventoryService::NewStub(Connect("ORDERFLOW_INVENTORY_ADDRESS"))),
      notifications_(NotificationService::NewStub(Connect("ORDERFLOW_NOTIFICATION_ADDRESS"))),
      provider_(ProviderService::NewStub(Connect("ORDERFLOW_PROVIDER_ADDRESS"))),
      provider_control_(ProviderControlService::NewStub(Connect("ORDERFLOW_PROVIDER_ADDRESS"))) {}

std::string Api::AddItem(int64_t price_minor, int64_t stock) {
  inventory::v1::UpsertItemRequest upsert;
  upsert.set_sku("E2E-" + NewId());
  upsert.set_name("End to end item");
  upsert.mutable_unit_price()->set_currency_code("EUR");
  upsert.mutable_unit_price()->set_amount_minor(price_minor);
  const auto item = Call(*inventory_, &InventoryService::Stub::UpsertItem, upsert, kCallTimeout);
  EXPECT_TRUE(item.ok()) << item.status();
  if (stock > 0) {
    inventory::v1::AdjustStockRequest adjust;
    adjust.set_request_id(NewId());
    adjust.set_sku(upsert.sku());
    adjust.set_delta(stock);
    adjust.set_reason("end to end test");
    const auto stocked =
        Call(*inventory_, &InventoryService::Stub::AdjustStock, adjust, kCallTimeout);
    EXPECT_TRUE(stocked.ok()) << stocked.status();
  }
  return upsert.sku();
}

inventory::v1::Item Api::GetItem(const std::string& sku) {
  inventory::v1::GetItemRequest request;
  request.set_sku(sku);
  const auto item = Call(*inventory_, &InventoryService::Stub::GetItem, request, kCallTimeout);
  EXPECT_TRUE(item.ok()) << item.status();
  return item.value_or(inventory::v1::Item());
}

absl::StatusOr<Order> Api::Create(const order::v1::CreateOrderRequest& request) {
  return Call(*orders_, &OrderService::Stub::CreateOrder, request, kCallTimeout);
}

absl::StatusOr<Order> Api::GetOrder(const std::string& order_id) {
  order::v1::GetOrderRequest request;
  request.set_order_id(order_id);
  return Call(*orders_, &OrderService::Stub::GetOrder, request, kCallTimeout);
}

absl::StatusOr<Order> Api::Cancel(const std::string& order_id, const std::string& request_id,
                                  const std::string& reason) {
  order::v1::CancelOrderRequest request;
  request.set_order_id(order_id);
  request.set_request_id(request_id);
  request.set_reason(reason);
  return Call(*orders_, &OrderService::Stub::CancelOrder, request, kCallTimeout);
}

std::vector<Order> Api::ListOrders(const std::string& customer_id) {
  order::v1::ListOrdersRequest request;
  request.set_customer_id(customer_id);
  const auto page = Call(*orders_, &OrderService::Stub::ListOrders, request, kCallTimeout);
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? std::vector<Order>(page->orders().begin(), page->orders().end())
                   : std::vector<Order>();
}

Order Api::AwaitRest(const std::string& order_id, int64_t after_sequence) {
  const absl::Status followed = orderctl::FollowOrder(
      *orders_, order_id, after_sequence, kRestTimeout, [](const order::v1::OrderStateChange&) {});
  EXPECT_TRUE(followed.ok()) << "order " << order_id << ": " << followed;
  const auto order = GetOrder(order_id);
  EXPECT_TRUE(order.ok()) << order.status();
  return order.value_or(Order());
}

Order Api::Settle(const order::v1::CreateOrderRequest& request) {
  const auto order = Create(request);
  EXPECT_TRUE(order.ok()) << order.status();
  return order.ok() ? AwaitRest(order->order_id()) : Order();
}

absl::StatusOr<payment::v1::Payment> Api::GetPayment(const std::string& order_id) {
  payment::v1::GetPaymentRequest request;
  request.set_order_id(order_id);
  return Call(*payments_, &PaymentService::Stub::GetPayment, request, kCallTimeout);
}

absl::StatusOr<order::v1::Saga> Api::GetSagaOf(const std::string& order_id) {
  order::v1::GetSagaRequest request;
  request.set_order_id(order_id);
  return Call(*sagas_, &SagaAdminService::Stub::GetSaga, request, kCallTimeout);
}

absl::StatusOr<order::v1::SagaExplanation> Api::Explain(const std::string& order_id) {
  order::v1::ExplainSagaRequest request;
  request.set_order_id(order_id);
  return Call(*sagas_, &SagaAdminService::Stub::ExplainSaga, request, kCallTimeout);
}

absl::StatusOr<order::v1::SagaAction> Api::Repair(const std::string& order_id,
                                                  order::v1::SagaActionKind kind,
                                                  const std::string& step) {
  order::v1::RepairSagaRequest request;
  request.set_order_id(order_id);
  order::v1::SagaRepair& repair = *request.mutable_repair();
  repair.set_request_id(NewId());
  repair.set_kind(kind);
  repair.set_actor("e2e");
  repair.set_reason("a test");
  if (kind == order::v1::SAGA_ACTION_KIND_SKIP) {
    repair.set_step(step);
    repair.set_evidence("none");
  }
  return Call(*sagas_, &SagaAdminService::Stub::RepairSaga, request, kCallTimeout);
}

absl::StatusOr<order::v1::StepAction> Api::PauseStep(const std::string& step) {
  return Call(*steps_, &StepAdminService::Stub::PauseStep,
              AStepRequest<order::v1::PauseStepRequest>(step), kCallTimeout);
}

absl::StatusOr<order::v1::StepAction> Api::ResumeStep(const std::string& step) {
  return Call(*steps_, &StepAdminService::Stub::ResumeStep,
              AStepRequest<order::v1::ResumeStepRequest>(step), kCallTimeout);
}

std::vector<notification::v1::Notification> Api::Notifications(const std::string& order_id) {
  notification::v1::ListNotificationsRequest request;
  request.set_order_id(order_id);
  const auto page =
      Call(*notifications_, &NotificationService::Stub::ListNotifications, request, kCallTimeout);
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? std::vector<notification::v1::Notification>(page->notifications().begin(),
                                                                 page->notifications().end())
                   : std::vector<notification::v1::Notification>();
}

void Api::SetFaults(const provider::v1::Faults& faults) {
  provider::v1::SetFaultsRequest request;
  *request.mutable_faults() = faults;
  const auto set =
      Call(*provider_control_, &ProviderControlService::Stub::SetFaults, request, kCallTimeout);
  EXPECT_TRUE(set.ok()) << set.status();
}

std::vector<provider::v1::Operation> Api::Books(const std::string& order_id) {
  provider::v1::ListOperationsRequest request;
  request.add_payment_references(order_id);
  const auto page = Call(*provider_, &ProviderService::Stub::ListOperations, request, kCallTimeout);
  EXPECT_TRUE(page.ok()) << page.status();
  return page.ok() ? std::vector<provider::v1::Operation>(page->operations().begin(),
                                                          page->operations().end())
                   : std::vector<provider::v1::Operation>();
}

std::string NewId() { return orderctl::NewId(); }

order::v1::CreateOrderRequest AnOrder(const std::string& sku, int quantity) {
  order::v1::CreateOrderRequest request;
  request.set_request_id(NewId());
  request.set_customer_id("e2e-" + NewId());
  request.set_email(request.customer_id() + "@example.com");
  request.set_currency_code("EUR");
  request.set_payment_method_token("tok_approve");
  order::v1::OrderItem* item = request.add_items();
  item->set_sku(sku);
  item->set_quantity(quantity);
  return request;
}

}  // namespace orderflow::e2e
