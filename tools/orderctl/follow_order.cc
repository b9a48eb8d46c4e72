#include "tools/orderctl/follow_order.h"

#include <chrono>
#include <thread>

#include "fmt/format.h"
#include "libs/base/backoff.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::orderctl {
namespace {

using Clock = std::chrono::steady_clock;

constexpr BackoffPolicy kResume{.initial = std::chrono::milliseconds(100),
                                .max = std::chrono::seconds(2)};

// CANCELLED: a server that stops resets what comes in that moment; see Call in unary_call.h.
bool CanResume(const absl::Status& status) {
  return status.code() == absl::StatusCode::kUnavailable ||
         status.code() == absl::StatusCode::kCancelled ||
         status.code() == absl::StatusCode::kResourceExhausted;
}

}  // namespace

absl::Status FollowOrder(order::v1::OrderService::StubInterface& stub, const std::string& order_id,
                         int64_t after_sequence, Duration timeout,
                         const std::function<void(const order::v1::OrderStateChange&)>& on_change) {
  const Clock::time_point deadline = Clock::now() + timeout;
  order::v1::WatchOrderRequest request;
  request.set_order_id(order_id);
  request.set_after_sequence(after_sequence);
  for (int attempt = 1;; ++attempt) {
    const auto left = std::chrono::duration_cast<Duration>(deadline - Clock::now());
    grpc::ClientContext context;
    rpc::Prepare(context, left, telemetry::NewTrace());
    const auto stream = stub.WatchOrder(&context, request);
    order::v1::OrderStateChange change;
    while (stream->Read(&change)) {
      if (change.sequence() != request.after_sequence() + 1) {
        context.TryCancel();
        return absl::InternalError(fmt::format("watching order {}: change {} came after change {}",
                                               order_id, change.sequence(),
                                               request.after_sequence()));
      }
      request.set_after_sequence(change.sequence());
      attempt = 1;
      on_change(change);
    }
    const absl::Status status = rpc::FromGrpcStatus(stream->Finish());
    const Duration pause = BackoffDelay(kResume, attempt, 0.9);
    if (status.ok() || !CanResume(status) || Clock::now() + pause >= deadline) {
      return status;
    }
    std::this_thread::sleep_for(pause);
  }
}

}  // namespace orderflow::orderctl
