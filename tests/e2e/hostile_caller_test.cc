// Those who must not get further than they may, at a running stack: customers who want what belongs
// to others, missing scopes, other processes' certificates, and requests that are meant to break
// something. Each is refused in its own way, and nothing changes.
#include <functional>
#include <string>
#include <vector>

#include "orderflow/order/v1/dead_letter_admin_service.grpc.pb.h"
#include "orderflow/order/v1/event_admin_service.grpc.pb.h"
#include "tests/e2e/hostile_callers.h"

namespace orderflow::e2e {
namespace {

using absl::StatusCode;
using inventory::v1::InventoryService;
using notification::v1::NotificationService;
using order::v1::CreateOrderRequest;
using order::v1::DeadLetterAdminService;
using order::v1::EventAdminService;
using order::v1::OrderService;
using order::v1::SagaAdminService;
using order::v1::StepAdminService;
using ::orderflow::testing::IsOk;
using payment::v1::PaymentService;
using provider::v1::ProviderControlService;
using provider::v1::ProviderService;

TEST_F(HostileCallers, GetNothingOfAnothersOrders) {
  std::vector<Probe> probes;
  const std::vector<StatusCode> hidden{StatusCode::kNotFound};
  const std::vector<StatusCode> denied{StatusCode::kPermissionDenied};
  probes.push_back(
      {"place for another", denied, [this] {
         return mallory().Ask(&OrderService::Stub::CreateOrder, AnOrderOf(victim_)).status();
       }});
  probes.push_back({"get another's", hidden, [this] { return GetOrder(mallory(), order_id_); }});
  probes.push_back({"cancel another's", hidden, [this] { return Cancel(mallory(), order_id_); }});
  probes.push_back({"watch another's", hidden, [this] { return mallory().Watch(order_id_, 0); }});
  probes.push_back({"watch what comes next of another's", hidden,
                    [this] { return mallory().Watch(order_id_, 1); }});
  probes.push_back({"list another's", denied, [this] { return ListOf(mallory(), victim_); }});
  probes.push_back({"list with a page token of one's own making",
                    {StatusCode::kInvalidArgument},
                    [this] { return ListOf(mallory(), "", kHostileSql); }});
  ExpectRefused(probes);
}

TEST_F(HostileCallers, DoNothingThatTheirScopeOrCertificateIsNotFor) {
  std::vector<Probe> probes;
  const std::vector<StatusCode> denied{StatusCode::kPermissionDenied};
  const std::vector<StatusCode> unauthenticated{StatusCode::kUnauthenticated};
  const std::string customer = Bearer(issuer_.Sign(Claims(victim_)));
  const auto as_customer = [customer](const std::string& service) {
    return Client("ORDERFLOW_" + service + "_ADDRESS", "operator", {customer});
  };
  const auto as_process = [](const std::string& service, const std::string& process) {
    return Client("ORDERFLOW_" + service + "_ADDRESS", process, {});
  };
  const auto add = [&](const std::string& name, const auto& client, auto method,
                       const auto& request, const std::vector<StatusCode>& codes) {
    probes.push_back({name, codes, [=] { return client.Ask(method, request).status(); }});
  };
  probes.push_back({"a token without scope", denied, [this] {
                      return GetOrder(
                          Customer({Bearer(issuer_.Sign(Claims(victim_, {{"scope", ""}})))}),
                          order_id_);
                    }});
  probes.push_back(
      {"a scope that reads, for a cancel", denied, [this] {
         return Cancel(
             Customer({Bearer(issuer_.Sign(Claims(victim_, {{"scope", "orders.read"}})))}),
             order_id_);
       }});
  add("repair as a customer", as_customer("SAGA"), &SagaAdminService::Stub::RepairSaga,
      order::v1::RepairSagaRequest(), denied);
  add("pause as a customer", as_customer("SAGA"), &StepAdminService::Stub::PauseStep,
      order::v1::PauseStepRequest(), denied);
  add("publish events again as a customer", as_customer("SAGA"),
      &EventAdminService::Stub::RepublishEvents, order::v1::RepublishEventsRequest(), denied);
  add("settle dead letters as a customer", as_customer("SAGA"),
      &DeadLetterAdminService::Stub::BatchSettleDeadLetters,
      order::v1::BatchSettleDeadLettersRequest(), denied);
  add("payments as a customer", as_customer("PAYMENT"), &PaymentService::Stub::ListPayments,
      payment::v1::ListPaymentsRequest(), denied);
  add("reconcile as a customer", as_customer("PAYMENT"), &PaymentService::Stub::ReconcilePayments,
      payment::v1::ReconcilePaymentsRequest(), denied);
  add("stock as a customer", as_customer("INVENTORY"), &InventoryService::Stub::AdjustStock,
      inventory::v1::AdjustStockRequest(), denied);
  add("notifications as a customer", as_customer("NOTIFICATION"),
      &NotificationService::Stub::ListNotifications, notification::v1::ListNotificationsRequest(),
      denied);
  add("faults as a customer", as_customer("PROVIDER"), &ProviderControlService::Stub::SetFaults,
      provider::v1::SetFaultsRequest(), denied);
  add("an admin method at the public port", Customer({customer}),
      &SagaAdminService::Stub::RepairSaga, order::v1::RepairSagaRequest(),
      {StatusCode::kUnimplemented});
  add("the edge's certificate without token", as_process("ORDER", "edge"),
      &OrderService::Stub::ListOrders, order::v1::ListOrdersRequest(), unauthenticated);
  add("money as inventory-service", as_process("PROVIDER", "inventory-service"),
      &ProviderService::Stub::Authorize, provider::v1::AuthorizeRequest(), unauthenticated);
  add("prices as notification-service", as_process("INVENTORY", "notification-service"),
      &InventoryService::Stub::QuoteItems, inventory::v1::QuoteItemsRequest(), unauthenticated);
  add("faults as payment-service", as_process("PROVIDER", "payment-service"),
      &ProviderControlService::Stub::SetFaults, provider::v1::SetFaultsRequest(), unauthenticated);
  ExpectRefused(probes);
}

// From a customer who may call, about what is nobody's.
TEST_F(HostileCallers, BreakNothingByWhatTheyWrite) {
  std::vector<Probe> probes;
  const std::vector<StatusCode> invalid{StatusCode::kInvalidArgument};
  for (const std::string& id :
       {std::string("../../../../etc/passwd"), std::string("..%2f..%2fetc%2fpasswd"),
        order_id_ + "/../" + order_id_, order_id_ + std::string("\0x", 2), order_id_ + " ",
        std::string(kHostileSql), std::string(kHostileFormat), std::string(100'000, '9')}) {
    probes.push_back(
        {"get order " + id.substr(0, 40), invalid, [this, id] { return GetOrder(mallory(), id); }});
    probes.push_back({"cancel order " + id.substr(0, 40), invalid,
                      [this, id] { return Cancel(mallory(), id); }});
  }
  probes.push_back({"SQL as the reason of another's cancel", {StatusCode::kNotFound}, [this] {
                      return Cancel(mallory(), order_id_, kHostileSql);
                    }});
  probes.push_back({"list by SQL", {StatusCode::kPermissionDenied}, [this] {
                      return ListOf(mallory(), kHostileSql);
                    }});
  for (const char* text : {kHostileSql, kHostileFormat}) {
    const std::string value = text;
    const auto add = [&](const char* field,
                         const std::function<void(CreateOrderRequest&)>& change) {
      probes.push_back({std::string(field) + " = " + value, invalid,
                        [this, change] { return CreateWith(change); }});
    };
    add("request_id", [value](auto& request) { request.set_request_id(value); });
    add("email", [value](auto& request) { request.set_email(value); });
    add("currency_code", [value](auto& request) { request.set_currency_code(value); });
    add("sku", [value](auto& request) { request.mutable_items(0)->set_sku(value); });
    add("payment_method_token, of an unknown item", [value](auto& request) {
      request.set_payment_method_token(value);
      request.mutable_items(0)->set_sku("HOSTILE-NONE");
    });
  }
  probes.push_back({"an endless quantity", invalid, [this] {
                      return CreateWith([](auto& request) {
                        request.mutable_items(0)->set_quantity(2'147'483'647);
                      });
                    }});
  probes.push_back({"a card number", invalid, [this] {
                      return CreateWith([](auto& request) {
                        request.set_payment_method_token("4111111111111111");
                      });
                    }});
  probes.push_back({"an oversized request", {StatusCode::kResourceExhausted}, [this] {
                      return CreateWith(
                          [](auto& request) { request.set_email(std::string(1'000'000, 'a')); });
                    }});
  // No message of ours, so gRPC does not even find out whose call it is.
  probes.push_back(
      {"invalid UTF-8",
       {StatusCode::kUnimplemented, StatusCode::kInternal, StatusCode::kInvalidArgument},
       [this] {
         return CreateWith([](auto& request) { request.set_email("\xff\xfe@x.example"); });
       }});
  ExpectRefused(probes);
}

// Who may, gets in: by the edge, too, whose certificate is not the customer's.
TEST_F(HostileCallers, TheirVictimIsServed) {
  EXPECT_THAT(victim().Watch(order_id_, 0), IsOk());
  EXPECT_THAT(ListOf(victim(), ""), IsOk());
  EXPECT_THAT(ListOf(victim(), victim_), IsOk());
  EXPECT_THAT(
      GetOrder(Client("EDGE_ADDRESS", "", {Bearer(issuer_.Sign(Claims(victim_)))}), order_id_),
      IsOk());
  EXPECT_THAT(Cancel(victim(), order_id_), IsOk());
}

// A list without customer is that of the caller's own orders.
TEST_F(HostileCallers, SeeTheirOwnOrdersOnly) {
  const auto listed =
      mallory().Ask(&OrderService::Stub::ListOrders, order::v1::ListOrdersRequest());

  ASSERT_THAT(listed.status(), IsOk());
  EXPECT_EQ(listed->orders_size(), 0);
}

}  // namespace
}  // namespace orderflow::e2e
