// Proves that calls are admitted up to a bound, refused at once beyond it, never started for a
// caller who is gone, and always answered exactly once. Uses a real server and channel on a free
// port, since the rules of reactors are gRPC's.
#include "libs/rpc/call_executor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>
#include <optional>
#include <thread>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/server.h"
#include "libs/rpc/status_mapping.h"
#include "libs/rpc/testing/test_service.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;

constexpr Duration kLong = seconds(20);  // a bound for waiting, never reached when all is well

class CallExecutorTest : public ::testing::Test {
 protected:
  void Serve(ExecutorOptions options, std::function<absl::Status()> handler) {
    executor_ = std::make_unique<CallExecutor>(metrics_, Access::InsecureForAll(), options);
    service_ = std::make_unique<TestService>(
        [this, handler = std::move(handler)](auto* call, const auto*, auto*) {
          last_deadline_.store(call->context().deadline());
          executor_->Run(call, "GetOperation", NotForCustomers(handler));
        });
    Start();
  }
  void ServeAsync(std::function<void(std::function<void(absl::Status)>)> handler) {
    executor_ =
        std::make_unique<CallExecutor>(metrics_, Access::InsecureForAll(), ExecutorOptions{});
    service_ = std::make_unique<TestService>([this, handler = std::move(handler)](
                                                 auto* call, const auto*, auto*) {
      executor_->RunAsync(
          call, "GetOperation",
          [&handler](const Caller&, CallExecutor::Finish finish) { handler(std::move(finish)); });
    });
    Start();
  }
  void Start() {
    server_ = std::make_unique<Server>(ServerOptions{.listen_address = "127.0.0.1:0"});
    ASSERT_TRUE(server_->Start({service_.get()}).ok());
    channel_ = MakeChannel(fmt::format("127.0.0.1:{}", server_->port()), {});
  }
  void TearDown() override {
    if (server_ != nullptr) {
      server_->Stop(kLong);
    }
    if (executor_ != nullptr) {
      executor_->Stop();
    }
  }

  absl::Status Call(Duration timeout = kLong) {
    grpc::ClientContext context;
    Prepare(context, timeout, telemetry::NewTrace());
    TestService::Response response;
    return FromGrpcStatus(
        provider::v1::ProviderService::NewStub(channel_)->GetOperation(&context, {}, &response));
  }
  std::future<absl::Status> CallInBackground(Duration timeout = kLong) {
    return std::async(std::launch::async, [this, timeout] { return Call(timeout); });
  }

  telemetry::Metrics metrics_;
  std::unique_ptr<CallExecutor> executor_;
  std::unique_ptr<TestService> service_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  // Of the latest call, as the server sees it.
  std::atomic<std::chrono::system_clock::time_point> last_deadline_;
};

TEST_F(CallExecutorTest, AnswersWithTheStatusOfTheHandlerAndCountsIt) {
  Serve({.threads = 1}, [] {
    return TypedError(absl::StatusCode::kNotFound, "no such operation", "NO_OPERATION");
  });

  const absl::Status status = Call();

  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(DetailsOf(status).reason, "NO_OPERATION");
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_calls_total{code=\"NOT_FOUND\",method=\"GetOperation\"} 1"));
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_duration_seconds_count{method=\"GetOperation\"} 1"));
}

TEST_F(CallExecutorTest, RefusesCallsBeyondItsQueueAtOnceAndAsksToComeBack) {
  std::latch entered(1);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> runs = 0;
  Serve({.threads = 1, .queue_max = 1, .retry_delay = milliseconds(250)}, [&] {
    if (runs.fetch_add(1) == 0) {
      entered.count_down();
    }
    released.wait();
    return absl::OkStatus();
  });

  std::future<absl::Status> running = CallInBackground();
  entered.wait();
  // One of these two gets the only place in the queue, the other is refused while the thread is
  // busy.
  std::future<absl::Status> second = CallInBackground();
  std::future<absl::Status> third = CallInBackground();
  while (second.wait_for(milliseconds(1)) != std::future_status::ready &&
         third.wait_for(milliseconds(1)) != std::future_status::ready) {
  }
  release.set_value();
  const std::vector<absl::Status> answers = {second.get(), third.get()};

  EXPECT_TRUE(running.get().ok());
  EXPECT_EQ(answers[0].ok() + answers[1].ok(), 1);
  const absl::Status& refused = answers[0].ok() ? answers[1] : answers[0];
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted) << refused;
  EXPECT_EQ(DetailsOf(refused).retry_delay, milliseconds(250));
  EXPECT_EQ(runs.load(), 2);
}

TEST_F(CallExecutorTest, DoesNotStartWorkForACallerWhoIsGone) {
  std::latch entered(1);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::atomic<int> runs = 0;
  Serve({.threads = 1, .queue_max = 8}, [&] {
    if (runs.fetch_add(1) == 0) {
      entered.count_down();
      released.wait();
    }
    return absl::OkStatus();
  });

  std::future<absl::Status> running = CallInBackground();
  entered.wait();
  const absl::Status waiting = Call(milliseconds(50));  // its deadline passes in the queue
  // The server's idea of that deadline is a little later: gRPC rounds timeouts up on the wire.
  std::promise<void> never;
  never.get_future().wait_until(last_deadline_.load());
  release.set_value();

  EXPECT_EQ(waiting.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_TRUE(running.get().ok());
  EXPECT_TRUE(Call().ok());  // comes after the expired one, so that one has been dealt with
  EXPECT_EQ(runs.load(), 2);
}

TEST_F(CallExecutorTest, SurvivesACallerWhoHangsUpWhileTheHandlerRuns) {
  std::latch entered(1);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  Serve({.threads = 1}, [&] {
    entered.count_down();
    released.wait();
    return absl::OkStatus();
  });
  grpc::ClientContext context;
  Prepare(context, kLong, telemetry::NewTrace());
  TestService::Response response;
  auto stub = provider::v1::ProviderService::NewStub(channel_);
  std::future<grpc::Status> call =
      std::async(std::launch::async, [&] { return stub->GetOperation(&context, {}, &response); });

  entered.wait();
  context.TryCancel();
  const grpc::Status status = call.get();
  release.set_value();
  executor_->Stop();

  EXPECT_EQ(status.error_code(), grpc::StatusCode::CANCELLED);
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_rpc_calls_total{code=\"OK\",method=\"GetOperation\"} 1"));
}

TEST_F(CallExecutorTest, FinishesAnAsynchronousCallFromAnotherThread) {
  std::promise<CallExecutor::Finish> begun;
  ServeAsync([&begun](CallExecutor::Finish finish) { begun.set_value(std::move(finish)); });
  const std::jthread worker(
      [&begun] { begun.get_future().get()(absl::AbortedError("try again")); });

  EXPECT_EQ(Call().code(), absl::StatusCode::kAborted);
}

TEST_F(CallExecutorTest, EndsAnAsynchronousCallThatWasDropped) {
  ServeAsync([](const std::function<void(absl::Status)>&) {});

  EXPECT_EQ(Call().code(), absl::StatusCode::kInternal);
}

TEST_F(CallExecutorTest, RefusesCallsAfterStop) {
  Serve({.threads = 1}, [] { return absl::OkStatus(); });
  EXPECT_TRUE(Call().ok());

  executor_->Stop();

  EXPECT_EQ(Call().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace orderflow::rpc
