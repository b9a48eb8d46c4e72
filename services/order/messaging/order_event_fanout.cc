#include "services/order/messaging/order_event_fanout.h"

#include "google/protobuf/util/time_util.h"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/headers.h"
#include "libs/telemetry/log.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "services/order/sagas/refusal_codec.h"

namespace orderflow::order {
namespace {

constexpr size_t kBatchMax = 1000;
constexpr Duration kPollTimeout = std::chrono::milliseconds(200);
constexpr std::chrono::seconds kStuckLook(1);
constexpr Duration kErrorPause = std::chrono::milliseconds(100);

StateChange ToStateChange(const v1::OrderEvent& event) {
  StateChange change{
      .sequence = event.sequence(),
      .state = OrderState::kPending,
      .time = Timestamp(std::chrono::microseconds(
          google::protobuf::util::TimeUtil::TimestampToMicroseconds(event.event_time()))),
      .refusal = std::nullopt};
  switch (event.event_case()) {
    case v1::OrderEvent::kOrderConfirmed:
      change.state = OrderState::kConfirmed;
      break;
    case v1::OrderEvent::kOrderRejected:
      change.state = OrderState::kRejected;
      change.refusal = FromProto(event.order_rejected().refusal());
      break;
    case v1::OrderEvent::kOrderCancellationStarted:
      change.state = OrderState::kCancelling;
      change.refusal = FromProto(event.order_cancellation_started().refusal());
      break;
    case v1::OrderEvent::kOrderCancelled:
      change.state = OrderState::kCancelled;
      change.refusal = FromProto(event.order_cancelled().refusal());
      break;
    default:
      break;
  }
  return change;
}

}  // namespace

void OrderEventFanout::Take(const messaging::Record& record) {
  const OrderId order_id(record.key);
  v1::OrderEvent event;
  if (record.headers.Find(messaging::kHeaderDiscarded) != nullptr ||
      !event.ParseFromString(record.value)) {
    return;
  }
  const StateChange change = ToStateChange(event);
  if (IsAtRest(change.state)) {
    backlog_.AtRest(order_id);
  }
  if (hub_.IsWatched(order_id)) {
    hub_.Publish(order_id, change);
  }
}

void OrderEventFanout::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable never;
  // What happened before the first successful poll went past us: it ends with a resync, too.
  bool failing = true;
  bool reported = false;
  auto next_stuck_look = std::chrono::steady_clock::now();
  while (!stop.stop_requested()) {
    if (const auto now = std::chrono::steady_clock::now(); now >= next_stuck_look) {
      hub_.EndStuck();
      next_stuck_look = now + kStuckLook;
    }
    const auto records = consumer_.PollBatch(kBatchMax, kPollTimeout);
    if (!records.ok()) {
      if (!reported) {
        telemetry::LogWarning("order.events cannot be read; watchers wait",
                              {{"error", Message(records.status())}});
      }
      failing = true;
      reported = true;
      MutexLock lock(mutex);
      never.wait_for(mutex, stop, kErrorPause, [] { return false; });
      continue;
    }
    if (failing) {
      hub_.Resync();
      failing = false;
      reported = false;
    }
    for (const messaging::Record& record : *records) {
      Take(record);
    }
  }
}

}  // namespace orderflow::order
