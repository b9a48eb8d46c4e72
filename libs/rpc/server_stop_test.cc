// Proves that a server that stops answers every call that a handler has begun, however late, and
// keeps no other waiting. Uses real servers and channels on free ports.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <vector>

#include "fmt/format.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/testing/test_service.h"
#include "libs/telemetry/trace_context.h"
#include "libs/testing/eventually.h"

namespace orderflow::rpc {
namespace {

constexpr Duration kLong = std::chrono::seconds(20);

std::shared_ptr<grpc::Channel> ChannelTo(const Server& server) {
  return MakeChannel(fmt::format("127.0.0.1:{}", server.port()), {});
}

grpc::Status Get(const std::shared_ptr<grpc::Channel>& channel) {
  grpc::ClientContext context;
  Prepare(context, kLong, telemetry::NewTrace());
  TestService::Response response;
  return provider::v1::ProviderService::NewStub(channel)->GetOperation(&context, {}, &response);
}

TEST(ServerStop, LetsRunningCallsFinishWhenItStops) {
  std::latch entered(1);
  std::promise<ServerCall*> running;
  TestService service([&](ServerCall* call, const auto*, auto*) {
    running.set_value(call);
    entered.count_down();
  });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  const auto channel = ChannelTo(server);
  std::future<grpc::Status> call = std::async(std::launch::async, [&] { return Get(channel); });
  entered.wait();

  grpc::ClientContext watch_context;
  const auto watch = grpc::health::v1::Health::NewStub(channel)->Watch(&watch_context, {});
  grpc::health::v1::HealthCheckResponse health;
  ASSERT_TRUE(watch->Read(&health));

  std::future<void> stop = std::async(std::launch::async, [&] { server.Stop(kLong); });
  while (watch->Read(&health)) {
  }
  // A server that stops ends the watches first.
  EXPECT_EQ(stop.wait_for(std::chrono::seconds(0)), std::future_status::timeout);
  running.get_future().get()->Finish(grpc::Status::OK);
  stop.get();

  EXPECT_TRUE(call.get().ok());
  EXPECT_EQ(watch->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

// More at once than calls that are waited for, again and again, while the server stops: each that
// was begun is answered, and no other waits for its deadline.
TEST(ServerStop, LosesNoCallOfABurstWhenItStops) {
  constexpr int kClients = 200;
  std::atomic<int> handled = 0;
  TestService service([&handled](ServerCall* call, const auto*, auto*) {
    ++handled;
    call->Finish(grpc::Status::OK);
  });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  const auto channel = ChannelTo(server);
  std::atomic<int> answered = 0;
  std::latch warm(kClients);
  std::vector<std::future<grpc::StatusCode>> clients;
  for (int i = 0; i < kClients; ++i) {
    clients.push_back(std::async(std::launch::async, [&] {
      for (bool is_first = true;; is_first = false) {
        const grpc::Status status = Get(channel);
        if (is_first) {
          warm.count_down();
        }
        if (!status.ok()) {
          return status.error_code();
        }
        ++answered;
      }
    }));
  }
  warm.wait();

  server.Stop(kLong);

  for (std::future<grpc::StatusCode>& client : clients) {
    // gRPC cancels what has arrived and was not begun.
    EXPECT_THAT(client.get(),
                ::testing::AnyOf(grpc::StatusCode::UNAVAILABLE, grpc::StatusCode::CANCELLED));
  }
  EXPECT_GE(answered.load(), kClients);
  EXPECT_EQ(handled.load(), answered.load());
}

// An answer needs the server's queue, however late it comes.
TEST(ServerStop, WaitsForAHandlerThatFinishesACancelledCall) {
  std::promise<ServerCall*> running;
  TestService service([&](ServerCall* call, const auto*, auto*) { running.set_value(call); });
  Server server({.listen_address = "127.0.0.1:0"});
  ASSERT_TRUE(server.Start({&service}).ok());
  const auto channel = ChannelTo(server);
  std::future<grpc::Status> client = std::async(std::launch::async, [&] { return Get(channel); });
  ServerCall* call = running.get_future().get();

  std::future<void> stop = std::async(std::launch::async, [&] { server.Stop(Duration::zero()); });
  EXPECT_FALSE(client.get().ok());
  EXPECT_TRUE(orderflow::testing::Eventually([call] { return call->is_cancelled(); }));
  call->Finish(grpc::Status::OK);

  stop.get();
}

}  // namespace
}  // namespace orderflow::rpc
