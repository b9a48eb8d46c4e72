#pragma once

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <future>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "libs/auth/testing/token_issuer.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/client_credentials.h"
#include "libs/rpc/status_mapping.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {

inline constexpr char kHostileSku[] = "HOSTILE-TEA";
inline constexpr char kHostileSql[] = "x'; DROP TABLE orders; DELETE FROM sagas WHERE '1'='1";
inline constexpr char kHostileFormat[] = "%s%s%n%n%x{}{0}${jndi:ldap://127.0.0.1/a}";

inline std::string Bearer(const std::string& token) { return "Bearer " + token; }

// A client with the certificate of that name (empty: none) and these authorization headers.
class Client {
 public:
  Client(const std::string& address, const std::string& certificate,
         std::vector<std::string> authorization)
      : authorization_(std::move(authorization)) {
    const std::string folder = Stack::Get()["CERTIFICATES_DIR"] + "/";
    rpc::TlsFiles tls{
        .certificate_chain = "", .private_key = "", .authorities = folder + "authority.pem"};
    if (!certificate.empty()) {
      tls.certificate_chain = folder + certificate + ".pem";
      tls.private_key = folder + certificate + ".key";
    }
    channel_ = rpc::MakeChannel(Stack::Get()[address],
                                {.credentials = *rpc::MakeCredentials({.tls = tls})});
  }

  template <class Stub, class Request, class Response>
  absl::StatusOr<Response> Ask(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                            Response*),
                               const Request& request) const {
    grpc::ClientContext context;
    Prepare(context);
    Response response;
    Stub stub(channel_, grpc::StubOptions());
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) {
      return rpc::FromGrpcStatus(status);
    }
    return response;
  }

  // Any method, by its path, with an empty message.
  absl::Status CallByName(const std::string& path) const {
    grpc::ClientContext context;
    Prepare(context);
    grpc::GenericStub stub(channel_);
    const grpc::Slice nothing;
    const grpc::ByteBuffer request(&nothing, 1);
    grpc::ByteBuffer response;
    std::promise<grpc::Status> done;
    stub.UnaryCall(&context, path, grpc::StubOptions(), &request, &response,
                   [&done](grpc::Status status) { done.set_value(std::move(status)); });
    return rpc::FromGrpcStatus(done.get_future().get());
  }

  // Until the order is at rest. OK when anything at all was to be seen.
  absl::Status Watch(const std::string& order_id, int64_t after_sequence) const {
    grpc::ClientContext context;
    Prepare(context, kRestTimeout);
    order::v1::WatchOrderRequest request;
    request.set_order_id(order_id);
    request.set_after_sequence(after_sequence);
    const auto reader = order::v1::OrderService::NewStub(channel_)->WatchOrder(&context, request);
    order::v1::OrderStateChange change;
    bool seen = false;
    while (reader->Read(&change)) {
      seen = true;
    }
    const grpc::Status status = reader->Finish();
    return seen ? absl::OkStatus() : rpc::FromGrpcStatus(status);
  }

 private:
  void Prepare(grpc::ClientContext& context, Duration timeout = kCallTimeout) const {
    rpc::Prepare(context, timeout, telemetry::NewTrace());
    for (const std::string& value : authorization_) {
      context.AddMetadata("authorization", value);
    }
  }

  std::vector<std::string> authorization_;
  std::shared_ptr<grpc::Channel> channel_;
};

// A call that must be refused, with one of these codes.
struct Probe {
  std::string name;
  std::vector<absl::StatusCode> refused_with;
  std::function<absl::Status()> call;
};

// An order of a customer at a stack on which everybody is asked who they are (secure_stack.sh), and
// another customer, Mallory, who would like to have it.
class HostileCallers : public ::testing::Test {
 protected:
  void SetUp() override {
    inventory::v1::UpsertItemRequest item;
    item.set_sku(kHostileSku);
    item.set_name("Tea");
    item.mutable_unit_price()->set_currency_code("EUR");
    item.mutable_unit_price()->set_amount_minor(300);
    ASSERT_THAT(Operator("INVENTORY")
                    .Ask(&inventory::v1::InventoryService::Stub::UpsertItem, item)
                    .status(),
                orderflow::testing::IsOk());
    inventory::v1::AdjustStockRequest stock;
    stock.set_request_id(NewId());
    stock.set_sku(kHostileSku);
    stock.set_delta(10);
    stock.set_reason("a test");
    ASSERT_THAT(Operator("INVENTORY")
                    .Ask(&inventory::v1::InventoryService::Stub::AdjustStock, stock)
                    .status(),
                orderflow::testing::IsOk());
    const auto order =
        victim().Ask(&order::v1::OrderService::Stub::CreateOrder, AnOrderOf(victim_));
    ASSERT_THAT(order.status(), orderflow::testing::IsOk());
    order_id_ = order->order_id();
    ASSERT_THAT(victim().Watch(order_id_, 0), orderflow::testing::IsOk());
    ASSERT_EQ(OrderAsSeenByItsCustomer().state(), order::v1::ORDER_STATE_CONFIRMED);
  }

  // The claims of the customer with some of them changed; null takes one out.
  std::string Claims(const std::string& subject,
                     const nlohmann::json& changes = nlohmann::json::object()) const {
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    nlohmann::json claims{{"iss", "https://orderflow.local"},
                          {"aud", "orderflow"},
                          {"sub", subject},
                          {"scope", "customer"},
                          {"iat", now - 10},
                          {"exp", now + 600}};
    claims.merge_patch(changes);
    return claims.dump();
  }
  static int64_t SecondsFromNow(int64_t seconds) {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count() +
           seconds;
  }

  Client Customer(const std::vector<std::string>& authorization) const {
    return {"ORDERFLOW_ORDER_ADDRESS", "", authorization};
  }
  Client victim() const { return Customer({Bearer(issuer_.Sign(Claims(victim_)))}); }
  Client mallory() const { return Customer({Bearer(issuer_.Sign(Claims(mallory_)))}); }
  Client Operator(const std::string& service) const {
    return {"ORDERFLOW_" + service + "_ADDRESS",
            "operator",
            {Bearer(issuer_.Sign(
                Claims("operator", {{"scope",
                                     "orders.read orders.write stock.read stock.write "
                                     "payments.read sagas.read dead_letters.read "
                                     "notifications.read provider.read provider.control"}})))}};
  }

  order::v1::CreateOrderRequest AnOrderOf(const std::string& customer) const {
    order::v1::CreateOrderRequest request = AnOrder(kHostileSku);
    request.set_customer_id(customer);
    return request;
  }
  order::v1::Order OrderAsSeenByItsCustomer() const {
    order::v1::GetOrderRequest request;
    request.set_order_id(order_id_);
    const auto order = victim().Ask(&order::v1::OrderService::Stub::GetOrder, request);
    EXPECT_THAT(order.status(), orderflow::testing::IsOk());
    return order.value_or(order::v1::Order());
  }
  absl::Status GetOrder(const Client& client, const std::string& order_id) const {
    order::v1::GetOrderRequest request;
    request.set_order_id(order_id);
    return client.Ask(&order::v1::OrderService::Stub::GetOrder, request).status();
  }
  absl::Status Cancel(const Client& client, const std::string& order_id,
                      const std::string& reason = "mine") const {
    order::v1::CancelOrderRequest request;
    request.set_order_id(order_id);
    request.set_request_id(NewId());
    request.set_reason(reason);
    return client.Ask(&order::v1::OrderService::Stub::CancelOrder, request).status();
  }
  absl::Status ListOf(const Client& client, const std::string& customer,
                      const std::string& page_token = "") const {
    order::v1::ListOrdersRequest request;
    request.set_customer_id(customer);
    request.set_page_token(page_token);
    return client.Ask(&order::v1::OrderService::Stub::ListOrders, request).status();
  }
  // With one field of an order of Mallory's own changed.
  absl::Status CreateWith(const std::function<void(order::v1::CreateOrderRequest&)>& change) const {
    order::v1::CreateOrderRequest request = AnOrderOf(mallory_);
    change(request);
    return mallory().Ask(&order::v1::OrderService::Stub::CreateOrder, request).status();
  }

  // All that a probe might have changed.
  std::string State() const {
    std::string state = OrderAsSeenByItsCustomer().SerializeAsString();
    const auto add = [&state](const auto& answer) {
      EXPECT_THAT(answer.status(), orderflow::testing::IsOk());
      state += answer.ok() ? answer->SerializeAsString() : "?";
    };
    for (const std::string& customer : {victim_, mallory_}) {
      order::v1::ListOrdersRequest orders;
      orders.set_customer_id(customer);
      add(Operator("ORDER").Ask(&order::v1::OrderService::Stub::ListOrders, orders));
    }
    add(Operator("INVENTORY")
            .Ask(&inventory::v1::InventoryService::Stub::ListItems,
                 inventory::v1::ListItemsRequest()));
    add(Operator("PAYMENT").Ask(&payment::v1::PaymentService::Stub::ListPayments,
                                payment::v1::ListPaymentsRequest()));
    add(Operator("SAGA").Ask(&order::v1::SagaAdminService::Stub::ListSagaActions,
                             order::v1::ListSagaActionsRequest()));
    add(Operator("SAGA").Ask(&order::v1::StepAdminService::Stub::ListStepActions,
                             order::v1::ListStepActionsRequest()));
    add(Operator("PROVIDER")
            .Ask(&provider::v1::ProviderControlService::Stub::GetFaults,
                 provider::v1::GetFaultsRequest()));
    return state;
  }
  static std::vector<int64_t> Pids() {
    std::vector<int64_t> pids;
    for (const char* process :
         {"order-service", "saga-orchestrator", "payment-service", "inventory-service",
          "notification-service", "payment-provider-simulator"}) {
      pids.push_back(Stack::Get().StatusOf(process, "Pid"));
    }
    return pids;
  }

  // Each is refused as it says; afterwards every order, item, payment and record is as before and
  // every process is the same.
  void ExpectRefused(const std::vector<Probe>& probes) const {
    const std::vector<int64_t> pids = Pids();
    const std::string before = State();
    for (const Probe& probe : probes) {
      EXPECT_THAT(probe.call().code(), ::testing::AnyOfArray(probe.refused_with)) << probe.name;
    }
    EXPECT_EQ(State(), before) << "something has changed";
    EXPECT_EQ(Pids(), pids) << "a process has ended";
    std::printf("hostile: refused=%zu\n", probes.size());
  }

  const auth::TokenIssuer issuer_{"local", Stack::Get()["TOKENS_DIR"] + "/issuer.key"};
  const std::string victim_ = "victim-" + NewId();
  const std::string mallory_ = "mallory-" + NewId();
  std::string order_id_;
};

}  // namespace orderflow::e2e
