// Proves what a caller who knows only an address finds: every server says that it serves, names its
// services, and refuses what is too much at once, with the time after which to come back.
#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/base/errors.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/trace_context.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using grpc::health::v1::HealthCheckResponse;
using ::testing::HasSubstr;
using testing::StatusIs;

// A connected channel: after a restart of its server the connection is in backoff for a moment.
std::shared_ptr<grpc::Channel> Connect(const std::string& setting) {
  auto channel = rpc::MakeChannel(Stack::Get()[setting], {});
  EXPECT_TRUE(channel->WaitForConnected(std::chrono::system_clock::now() + kCallTimeout))
      << setting;
  return channel;
}

struct ServerCase {
  const char* name;
  const char* address;  // setting of stack.env
  const char* service;
};

class Servers : public ::testing::TestWithParam<ServerCase> {
 protected:
  const std::shared_ptr<grpc::Channel> channel_ = Connect(GetParam().address);
};

HealthCheckResponse::ServingStatus Health(const std::shared_ptr<grpc::Channel>& channel,
                                          const std::string& service) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  HealthCheckResponse response;
  const grpc::Status status =
      grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return response.status();
}

// The answer to ListServices, as bytes: the generated classes of the reflection service come with
// no package of the system. One request and one response of the stream are a unary call.
std::string ListServices(const std::shared_ptr<grpc::Channel>& channel) {
  constexpr char kListServices[] = "\x3a\x01*";  // ServerReflectionRequest{list_services: "*"}
  const grpc::Slice request_bytes(kListServices, sizeof(kListServices) - 1);
  const grpc::ByteBuffer request(&request_bytes, 1);
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
  grpc::GenericStub stub(channel);
  grpc::CompletionQueue queue;
  const auto call = stub.PrepareUnaryCall(
      &context, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", request, &queue);
  call->StartCall();
  grpc::ByteBuffer response;
  grpc::Status status;
  call->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool is_ok = false;
  EXPECT_TRUE(queue.Next(&tag, &is_ok));
  EXPECT_TRUE(status.ok()) << status.error_message();
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (response.Dump(&slices).ok()) {
    for (const grpc::Slice& slice : slices) {
      bytes.append(reinterpret_cast<const char*>(slice.begin()), slice.size());
    }
  }
  return bytes;
}

TEST_P(Servers, SayThatTheyServe) {
  EXPECT_EQ(Health(channel_, ""), HealthCheckResponse::SERVING);
  EXPECT_EQ(Health(channel_, GetParam().service), HealthCheckResponse::SERVING);
}

TEST_P(Servers, ListTheirServicesByReflection) {
  const std::string services = ListServices(channel_);

  EXPECT_THAT(services, HasSubstr(GetParam().service));
  EXPECT_THAT(services, HasSubstr("grpc.health.v1.Health"));
}

INSTANTIATE_TEST_SUITE_P(
    Each, Servers,
    ::testing::Values(
        ServerCase{"order", "ORDERFLOW_ORDER_ADDRESS", "orderflow.order.v1.OrderService"},
        ServerCase{"saga_admin", "ORDERFLOW_SAGA_ADDRESS", "orderflow.order.v1.SagaAdminService"},
        ServerCase{"payment", "ORDERFLOW_PAYMENT_ADDRESS", "orderflow.payment.v1.PaymentService"},
        ServerCase{"inventory", "ORDERFLOW_INVENTORY_ADDRESS",
                   "orderflow.inventory.v1.InventoryService"},
        ServerCase{"notification", "ORDERFLOW_NOTIFICATION_ADDRESS",
                   "orderflow.notification.v1.NotificationService"},
        ServerCase{"provider", "ORDERFLOW_PROVIDER_ADDRESS",
                   "orderflow.provider.v1.ProviderService"}),
    [](const auto& tested) { return tested.param.name; });

// order-service of the stack with room for one call at a time, until the end of the test.
class Overload : public ::testing::Test {
 protected:
  void SetUp() override {
    Restart(
        "ORDERFLOW_ADMISSION_LIMIT_INITIAL=1 ORDERFLOW_ADMISSION_LIMIT_MIN=1 "
        "ORDERFLOW_ADMISSION_LIMIT_MAX=1");
  }
  void TearDown() override { Restart(""); }

  static void Restart(const std::string& settings) {
    const Stack::Result result = Stack::Get().Run(fmt::format(
        "ORDER_EXTRA_ENV='{}' deploy/local/services.sh restart order-service", settings));
    ASSERT_EQ(result.exit_code, 0) << result.output;
    Connect("ORDERFLOW_ORDER_ADDRESS");
  }
};

TEST_F(Overload, IsRefusedAtOnceWithTheTimeToComeBackAndStoresNothing) {
  constexpr int kCallers = 40;  // fewer than a page of ListOrders
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, kCallers);
  std::vector<order::v1::CreateOrderRequest> requests(kCallers, AnOrder(sku));
  std::vector<absl::StatusOr<order::v1::Order>> answers(kCallers);
  std::vector<std::jthread> callers;
  for (int i = 0; i < kCallers; ++i) {
    requests[i].set_request_id(NewId());
    callers.emplace_back([&, i] { answers[i] = api.Create(requests[i]); });
  }
  callers.clear();

  size_t accepted = 0;
  int refused = -1;
  for (int i = 0; i < kCallers; ++i) {
    if (answers[i].ok()) {
      ++accepted;
      continue;
    }
    refused = i;
    EXPECT_THAT(answers[i].status(), StatusIs(absl::StatusCode::kResourceExhausted));
    const auto retry_delay = DetailsOf(answers[i].status()).retry_delay;
    EXPECT_TRUE(retry_delay.has_value() && retry_delay->count() > 0) << answers[i].status();
  }
  EXPECT_GT(accepted, 0U);
  ASSERT_GE(refused, 0) << "none of " << kCallers << " calls was too much";
  EXPECT_EQ(api.ListOrders(requests[0].customer_id()).size(), accepted);
  EXPECT_EQ(api.Settle(requests[refused]).state(), order::v1::ORDER_STATE_CONFIRMED)
      << "the same request, a little later";
}

}  // namespace
}  // namespace orderflow::e2e
