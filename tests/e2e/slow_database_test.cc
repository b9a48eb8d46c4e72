// Proves what order-service does when its database is slow and everybody comes at once: it takes as
// many calls as it has places for, refuses the others before the database could have answered
// anything, and no call costs it a thread.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/trace_context.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::IsOk;
using testing::TcpProxy;

constexpr int kPlaces = 64;
constexpr int kCallers = 10 * kPlaces;  // one connection may have a thousand calls under way
// gRPC runs callbacks on threads of its own: two at rest, up to sixteen of a busy process (1.51),
// and a few for timers and resolvers.
constexpr int64_t kGrpcThreadsMax = 24;
constexpr milliseconds kSlowAtLeast(500);  // an order by itself; a quarter of that is the network's
constexpr milliseconds kAtOnce(2'000);     // most of it is this machine, busy with all the callers

// order-service of the stack behind a proxy to its database, with kPlaces places for calls.
class SlowDatabase : public ::testing::Test {
 protected:
  void SetUp() override {
    Restart(
        fmt::format("ORDER_POSTGRES_PORT={} ORDER_EXTRA_ENV='"
                    "ORDERFLOW_ADMISSION_LIMIT_INITIAL={} ORDERFLOW_ADMISSION_LIMIT_MAX={}'",
                    database_.port(), kPlaces, kPlaces));
    // The first calls make what is made once: connections, statements, threads of gRPC.
    ASSERT_THAT(Api::Get().Create(AnOrder(sku_)), IsOk());
  }
  void TearDown() override {
    database_.SetLink(TcpProxy::Link::kOpen);
    Restart("");
  }

  static void Restart(const std::string& environment) {
    const Stack::Result result =
        Stack::Get().Run(environment + " deploy/local/services.sh restart order-service");
    ASSERT_EQ(result.exit_code, 0) << result.output;
    ASSERT_TRUE(rpc::MakeChannel(Stack::Get()["ORDERFLOW_ORDER_ADDRESS"], {})
                    ->WaitForConnected(std::chrono::system_clock::now() + kCallTimeout));
  }

  TcpProxy database_{std::stoi(Stack::Get()["POSTGRES_PORT"])};
  const std::string sku_ = Api::Get().AddItem(1'000, 100'000);
};

// Many calls of CreateOrder at the same moment, without a thread for each.
class Crowd {
 public:
  struct Answer {
    grpc::Status status;
    milliseconds time{};
  };

  Crowd(const std::string& sku, int size) : calls_(static_cast<size_t>(size)) {
    for (Call& call : calls_) {
      call.request = AnOrder(sku);
      rpc::Prepare(call.context, kCallTimeout, telemetry::NewTrace());
    }
  }

  // Calls `look` again and again until every call has its answer.
  std::vector<Answer> Run(const std::function<void()>& look) {
    for (Call& call : calls_) {
      call.start = steady_clock::now();
      stub_->async()->CreateOrder(
          &call.context, &call.request, &call.order,
          [this, &call](const grpc::Status& status) { Done(call, status); });
    }
    std::vector<Answer> answers;
    MutexLock lock(mutex_);
    while (done_ < calls_.size()) {
      all_done_.wait_for(mutex_, milliseconds(5));
      look();
    }
    for (const Call& call : calls_) {
      answers.push_back(call.answer);
    }
    return answers;
  }

 private:
  struct Call {
    order::v1::CreateOrderRequest request;
    grpc::ClientContext context;
    order::v1::Order order;
    steady_clock::time_point start;
    Answer answer;
  };

  void Done(Call& call, const grpc::Status& status) {
    MutexLock lock(mutex_);
    call.answer = {status,
                   std::chrono::duration_cast<milliseconds>(steady_clock::now() - call.start)};
    ++done_;
    all_done_.notify_one();
  }

  std::vector<Call> calls_;
  const std::unique_ptr<order::v1::OrderService::Stub> stub_ = order::v1::OrderService::NewStub(
      rpc::MakeChannel(Stack::Get()["ORDERFLOW_ORDER_ADDRESS"], {}));
  Mutex mutex_;
  ConditionVariable all_done_;
  size_t done_ ABSL_GUARDED_BY(mutex_) = 0;
};

int64_t Threads() { return Stack::Get().StatusOf("order-service", "Threads"); }

TEST_F(SlowDatabase, TakesWhatItHasPlacesForRefusesTheRestAtOnceAndStartsNoThreadForACall) {
  const int64_t threads_at_rest = Threads();
  database_.SetLink(TcpProxy::Link::kSlow);
  const auto start = steady_clock::now();
  ASSERT_THAT(Api::Get().Create(AnOrder(sku_)), IsOk());
  ASSERT_GE(steady_clock::now() - start, kSlowAtLeast) << "the database is not slow";

  int64_t threads_max = 0;
  const std::vector<Crowd::Answer> answers =
      Crowd(sku_, kCallers).Run([&] { threads_max = std::max(threads_max, Threads()); });

  int admitted = 0;
  int refused = 0;
  milliseconds admitted_longest{};
  milliseconds refused_longest{};
  for (const Crowd::Answer& answer : answers) {
    if (answer.status.ok()) {
      ++admitted;
      admitted_longest = std::max(admitted_longest, answer.time);
    } else {
      ++refused;
      refused_longest = std::max(refused_longest, answer.time);
      EXPECT_EQ(answer.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED)
          << answer.status.error_message();
    }
  }
  fmt::print("admitted={} longest_ms={} refused={} longest_ms={} threads={}->{}\n", admitted,
             admitted_longest.count(), refused, refused_longest.count(), threads_at_rest,
             threads_max);
  EXPECT_GE(admitted, kPlaces / 2) << "of these nobody needs more than their share";
  EXPECT_GT(refused, kCallers / 2);
  EXPECT_LT(admitted_longest, kCallTimeout);
  EXPECT_LT(refused_longest, kAtOnce);
  EXPECT_LE(threads_max, threads_at_rest + kGrpcThreadsMax);
}

}  // namespace
}  // namespace orderflow::e2e
