// Proves that clients who break the rules of HTTP/2, or keep them to the letter and mean harm, cost
// order-service neither its memory nor its other callers. Each probe is one of the known traps of
// gRPC C++ 1.51 (docs/operations.md), against the running process.
#include "tests/e2e/hostile_client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/trace_context.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/http2_client.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::IsOk;

constexpr char kCreateOrder[] = "/orderflow.order.v1.OrderService/CreateOrder";
constexpr char kWatchOrder[] = "/orderflow.order.v1.OrderService/WatchOrder";

// A message of 100 MB that is 100 KB long while it is compressed.
TEST_F(HostileClient, SendsACompressionBomb) {
  constexpr size_t kInflated = 100'000'000;
  order::v1::CreateOrderRequest order = AnOrder(sku_);
  order.set_email(std::string(kInflated, 'x'));
  grpc::ClientContext context;
  rpc::Prepare(context, seconds(30), telemetry::NewTrace());
  context.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  order::v1::Order answer;

  const grpc::Status status = Api::Get().orders().CreateOrder(&context, order, &answer);

  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << status.error_message();
  ExpectUnharmed(32);
}

// gRPC ends the whole connection for it, which is why a proxy has to stop it (docs/operations.md);
// other connections must not notice.
TEST_F(HostileClient, SendsMoreMetadataThanAllowed) {
  constexpr int kConnections = 50;
  for (int i = 0; i < kConnections; ++i) {
    Http2Client client(Stack::Get()[kAddress]);
    client.AcknowledgeSettings();
    client.Call(kGetOrder, UnknownOrder(), {{"x-large", std::string(36'000, 'x')}});
    client.Call(kGetOrder, UnknownOrder(), {{"bad-bin", "!not base64!"}});
    client.Flush();
    const Http2Client::Seen& seen = client.Read(seconds(5), 2);
    EXPECT_TRUE(seen.closed || seen.go_away || seen.ended_streams.size() == 2)
        << "ended streams: " << seen.ended_streams.size();
  }

  ExpectUnharmed(64);
}

// CVE-2023-4785: a listener that could not accept once never accepts again.
TEST_F(HostileClient, UsesUpEveryDescriptor) {
  constexpr int kConnections = 300;
  constexpr rlim_t kLeft = 20;
  const int pid = Stack::Get().PidOf("order-service");
  rlimit before{};
  ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, nullptr, &before), 0);
  const auto open = static_cast<rlim_t>(
      std::distance(std::filesystem::directory_iterator(fmt::format("/proc/{}/fd", pid)),
                    std::filesystem::directory_iterator()));
  const rlimit tight{.rlim_cur = open + kLeft, .rlim_max = before.rlim_max};
  ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, &tight, nullptr), 0);
  int answered = 0;
  {
    std::vector<std::unique_ptr<Http2Client>> idle;
    for (int i = 0; i < kConnections; ++i) {
      idle.push_back(std::make_unique<Http2Client>(Stack::Get()[kAddress]));
      idle.back()->Flush();
    }
    for (const auto& client : idle) {
      answered += client->Read(milliseconds(10)).settings_acknowledged ? 1 : 0;
    }
  }
  EXPECT_LE(answered, static_cast<int>(kLeft)) << "of so many descriptors";

  // With the limit as it was found, and without a restart: a client that comes now is served.
  Http2Client late(Stack::Get()[kAddress]);
  late.AcknowledgeSettings();
  late.Call(kGetOrder, UnknownOrder());
  late.Flush();
  EXPECT_EQ(late.Read(seconds(10), 1).ended_streams.size(), 1U);
  ASSERT_EQ(prlimit(pid, RLIMIT_NOFILE, &before, nullptr), 0);
  ExpectUnharmed(64);
}

// Watches that are opened and never read: no window for a single byte of an answer.
TEST_F(HostileClient, WatchesAndNeverReads) {
  constexpr uint16_t kInitialWindowSize = 4;
  constexpr int kStreams = 1'000;
  const absl::StatusOr<order::v1::Order> order = Api::Get().Create(AnOrder(sku_));
  ASSERT_THAT(order, IsOk());
  order::v1::WatchOrderRequest request;
  request.set_order_id(order->order_id());
  Http2Client client(Stack::Get()[kAddress], {{kInitialWindowSize, 0}});
  client.AcknowledgeSettings();

  for (int i = 0; i < kStreams; ++i) {
    client.Call(kWatchOrder, request.SerializeAsString());
  }
  EXPECT_TRUE(client.Flush());
  const Http2Client::Seen& seen = client.Read(seconds(40), kStreams);

  EXPECT_EQ(seen.data_bytes, 0U);
  EXPECT_EQ(seen.ended_streams.size(), kStreams) << "who does not read is let go";
  EXPECT_EQ(Api::Get().AwaitRest(order->order_id()).state(), order::v1::ORDER_STATE_CONFIRMED);
  ExpectUnharmed(128);
}

constexpr int kResets = 30'000;

// Calls that are cancelled as soon as they are made, on one connection (CVE-2023-44487). Returns
// how many were sent before it was closed.
int SendRapidResets(const char* address, const order::v1::CreateOrderRequest& request) {
  constexpr int kFlushEvery = 100;
  const std::string message = request.SerializeAsString();
  Http2Client client(Stack::Get()[address]);
  client.AcknowledgeSettings();
  int sent = 0;
  for (; sent < kResets; ++sent) {
    client.Reset(client.Call(kCreateOrder, message));
    if (sent % kFlushEvery == 0 && (!client.Flush() || client.Read(milliseconds(0)).closed)) {
      break;
    }
  }
  return sent;
}

// The edge ends HTTP/2 itself: hardly any of it comes through.
TEST_F(HostileClient, RapidResetAtTheEdge) {
  SendRapidResets(kEdgeAddress, AnOrder(sku_));

  ExpectUnharmed(64);
}

TEST_F(HostileClient, SendsOversizedMetadataToTheEdge) {
  Http2Client client(Stack::Get()[kEdgeAddress]);
  client.AcknowledgeSettings();
  client.Call(kGetOrder, UnknownOrder(), {{"x-large", std::string(12'000, 'a')}});
  client.Flush();
  EXPECT_EQ(client.Read(seconds(10), 1).ended_streams.size(), 1U) << "that call alone";

  client.Call(kGetOrder, UnknownOrder());
  client.Flush();
  EXPECT_EQ(client.Read(seconds(10), 2).ended_streams.size(), 2U) << "its connection goes on";
  ExpectUnharmed(64);
}

// From here on, what an attack leaves behind takes memory of its own for a while.

// Rapid resets cost the client nothing, and gRPC 10 KB each, before any code of ours is called. So
// the edge has to stop them (docs/operations.md); here: others wait behind them, as long as they
// take, and are answered before their deadline all the same.
TEST_F(HostileClient, RapidReset) {
  EXPECT_EQ(SendRapidResets(kAddress, AnOrder(sku_)), kResets);

  ExpectUnharmed(640, kCallTimeout);
}

// Who means no harm does not notice the edge.
TEST(Edge, PassesCallsErrorsAndWatches) {
  const auto stub =
      order::v1::OrderService::NewStub(rpc::MakeChannel(Stack::Get()[kEdgeAddress], {}));
  order::v1::Order order;
  {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
    const grpc::Status status =
        stub->CreateOrder(&context, AnOrder(Api::Get().AddItem(1'000, 5)), &order);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
    const grpc::Status status = stub->CreateOrder(&context, {}, &order);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_FALSE(status.error_details().empty()) << "field violations are in the trailers";
  }
  order::v1::WatchOrderRequest watch;
  watch.set_order_id(order.order_id());
  grpc::ClientContext context;
  rpc::Prepare(context, seconds(30), telemetry::NewTrace());
  const auto stream = stub->WatchOrder(&context, watch);
  order::v1::OrderStateChange change;
  while (stream->Read(&change)) {
  }
  EXPECT_TRUE(stream->Finish().ok());
  EXPECT_EQ(change.state(), order::v1::ORDER_STATE_CONFIRMED);
}

// The limits of the server's SETTINGS bind a client only from when it has acknowledged them.
TEST_F(HostileClient, NeverAcknowledgesSettings) {
  constexpr int kStreams =
      20'000;  // the server allows a thousand at a time; 50 KB each, unbound 1 GB
  order::v1::CreateOrderRequest order = AnOrder(sku_);
  Http2Client client(Stack::Get()[kAddress]);

  for (int i = 0; i < kStreams; ++i) {
    order.set_request_id(NewId());
    client.Call(kCreateOrder, order.SerializeAsString());
  }
  client.Flush();
  const Http2Client::Seen& seen = client.Read(seconds(20), kStreams);

  EXPECT_TRUE(seen.closed || seen.ended_streams.size() == kStreams)
      << "either each call is answered or none any more: " << seen.ended_streams.size();
  ExpectUnharmed(400);
}

// Watches that never end, of a client that no SETTINGS bind.
TEST_F(HostileClient, NeverAcknowledgesSettingsAndWatches) {
  constexpr uint16_t kInitialWindowSize = 4;
  constexpr int kStreams = 4'000;  // twice as many as are let be
  const absl::StatusOr<order::v1::Order> order = Api::Get().Create(AnOrder(sku_));
  ASSERT_THAT(order, IsOk());
  order::v1::WatchOrderRequest request;
  request.set_order_id(order->order_id());
  Http2Client client(Stack::Get()[kAddress], {{kInitialWindowSize, 0}});

  for (int i = 0; i < kStreams; ++i) {
    client.Call(kWatchOrder, request.SerializeAsString());
  }
  client.Flush();

  EXPECT_TRUE(client.Read(seconds(15), kStreams).closed);
  ExpectUnharmed(400);
}

}  // namespace
}  // namespace orderflow::e2e
