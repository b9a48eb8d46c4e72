// Proves that each call is told how it ended exactly once, also when it is cancelled, too late, or
// made after Stop, and that Stop waits for that. Uses a real server and channel on a free port.
#include "libs/rpc/client_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/testing/test_service.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Response = TestService::Response;

constexpr Duration kLong = seconds(20);  // a bound for waiting, never reached when all is well

class ClientQueueTest : public ::testing::Test {
 protected:
  void Serve(TestService::Method method) {
    service_ = std::make_unique<TestService>(std::move(method));
    ASSERT_TRUE(server_.Start({service_.get()}).ok());
    stub_ = provider::v1::ProviderService::NewStub(
        MakeChannel(fmt::format("127.0.0.1:{}", server_.port()), {}));
  }

  void Call(const std::string& key, Duration timeout, ClientQueue::Done<Response> done) {
    auto context = std::make_unique<grpc::ClientContext>();
    Prepare(*context, timeout, telemetry::NewTrace());
    TestService::Request request;
    request.set_idempotency_key(key);
    queue_.Call<Response>(
        std::move(context),
        [&](auto* prepared, auto* queue) {
          return stub_->PrepareAsyncGetOperation(prepared, request, queue);
        },
        std::move(done));
  }

  std::unique_ptr<TestService> service_;
  Server server_{{.listen_address = "127.0.0.1:0"}};
  std::unique_ptr<provider::v1::ProviderService::Stub> stub_;
  ClientQueue queue_;
};

TEST_F(ClientQueueTest, GivesEachCallItsOwnAnswer) {
  constexpr int kCalls = 200;
  Serve([](ServerCall* call, const auto* request, auto* response) {
    response->set_reference(request->idempotency_key());
    call->Finish(grpc::Status::OK);
  });
  std::vector<std::promise<std::string>> answers(kCalls);

  for (int i = 0; i < kCalls; ++i) {
    auto& answer = answers[static_cast<size_t>(i)];
    Call(std::to_string(i), kLong, [&answer](const grpc::Status& status, const Response& response) {
      answer.set_value(status.ok() ? response.reference() : status.error_message());
    });
  }

  for (int i = 0; i < kCalls; ++i) {
    EXPECT_EQ(answers[static_cast<size_t>(i)].get_future().get(), std::to_string(i));
  }
}

TEST_F(ClientQueueTest, ACallEndsWithItsDeadline) {
  std::promise<ServerCall*> held;
  Serve([&held](ServerCall* call, const auto*, auto*) { held.set_value(call); });
  std::promise<grpc::StatusCode> ended;

  Call("held", milliseconds(100), [&ended](const grpc::Status& status, const Response&) {
    ended.set_value(status.error_code());
  });

  EXPECT_EQ(ended.get_future().get(), grpc::StatusCode::DEADLINE_EXCEEDED);
  held.get_future().get()->Finish(grpc::Status::OK);
}

TEST_F(ClientQueueTest, StopCancelsWhatIsUnderWayAndRefusesTheRest) {
  std::promise<ServerCall*> held;
  Serve([&held](ServerCall* call, const auto*, auto*) { held.set_value(call); });
  std::atomic<int> told = 0;
  std::atomic<grpc::StatusCode> under_way = grpc::StatusCode::OK;
  std::atomic<grpc::StatusCode> late = grpc::StatusCode::OK;
  Call("held", kLong, [&](const grpc::Status& status, const Response&) {
    under_way = status.error_code();
    ++told;
  });
  ServerCall* call = held.get_future().get();

  queue_.Stop();
  EXPECT_EQ(told, 1);
  EXPECT_EQ(under_way, grpc::StatusCode::CANCELLED);

  Call("late", kLong, [&](const grpc::Status& status, const Response&) {
    late = status.error_code();
    ++told;
  });
  EXPECT_EQ(told, 2);
  EXPECT_EQ(late, grpc::StatusCode::CANCELLED);
  call->Finish(grpc::Status::OK);
}

}  // namespace
}  // namespace orderflow::rpc
