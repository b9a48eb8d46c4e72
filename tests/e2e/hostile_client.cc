#include "tests/e2e/hostile_client.h"

#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>

#include "fmt/format.h"
#include "libs/base/mutex.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/trace_context.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"

namespace orderflow::e2e {
namespace {

using std::chrono::milliseconds;
using testing::IsOk;

constexpr milliseconds kPause(10);  // between two calls of the bystander

int64_t ResidentMib() { return Stack::Get().StatusOf("order-service", "VmRSS") / 1024; }

}  // namespace

std::string UnknownOrder() {
  order::v1::GetOrderRequest request;
  request.set_order_id(NewId());
  return request.SerializeAsString();
}

Bystander::Bystander() : thread_([this](const std::stop_token& stop) { Run(stop); }) {}

Bystander::Times Bystander::Stop() {
  thread_.request_stop();
  thread_.join();
  return times_;
}

void Bystander::Run(const std::stop_token& stop) {
  Mutex mutex;
  ConditionVariable never;
  const auto stub = order::v1::OrderService::NewStub(rpc::MakeChannel(Stack::Get()[kAddress], {}));
  do {
    grpc::ClientContext context;
    rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
    order::v1::GetOrderRequest request;
    request.set_order_id(NewId());
    order::v1::Order order;
    const auto start = std::chrono::steady_clock::now();
    const grpc::Status status = stub->GetOrder(&context, request, &order);
    const auto time =
        std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - start);
    ++times_.calls;
    times_.failed += status.error_code() == grpc::StatusCode::NOT_FOUND ? 0 : 1;
    times_.longest = std::max(times_.longest, time);
    times_.memory_mib_max = std::max(times_.memory_mib_max, ResidentMib());
    MutexLock lock(mutex);
    never.wait_for(mutex, stop, kPause, [] { return false; });
  } while (!stop.stop_requested());
}

HostileClient::HostileClient()
    : sku_(Api::Get().AddItem(1'000, 100'000)), memory_mib_(ResidentMib()) {}

void HostileClient::ExpectUnharmed(int64_t growth_mib_max, milliseconds longest_max) {
  const Bystander::Times times = bystander_.Stop();
  RecordProperty("calls", times.calls);
  RecordProperty("longest_ms", static_cast<int>(times.longest.count()));
  fmt::print("bystander: calls={} failed={} longest_ms={} memory_mib={}->{}\n", times.calls,
             times.failed, times.longest.count(), memory_mib_, times.memory_mib_max);
  EXPECT_GT(times.calls, 0);
  EXPECT_LT(times.longest, longest_max);
  EXPECT_EQ(times.failed, 0);
  EXPECT_LT(times.memory_mib_max - memory_mib_, growth_mib_max);
  // And it still takes orders; what an attack has left may be in front of the first one.
  const order::v1::CreateOrderRequest request = AnOrder(sku_);
  absl::StatusOr<order::v1::Order> order = Api::Get().Create(request);
  for (int attempt = 1; attempt < 5 && absl::IsUnavailable(order.status()); ++attempt) {
    order = Api::Get().Create(request);
  }
  EXPECT_THAT(order, IsOk());
}

}  // namespace orderflow::e2e
