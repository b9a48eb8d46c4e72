#include "tools/loadgen/order_sender.h"

#include <grpcpp/grpcpp.h>

#include <thread>

#include "absl/status/status.h"
#include "libs/base/uuid.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/telemetry/trace_context.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"

namespace orderflow::loadgen {
namespace {

using order::v1::OrderService;
using SteadyClock = std::chrono::steady_clock;

// Orders that are due within one tick go out together: one wake-up for all of them.
constexpr std::chrono::milliseconds kTick(1);

// What the contract of CreateOrder lets a client repeat with the same request id: nothing was done,
// or nobody knows.
bool MayRepeat(grpc::StatusCode code) {
  return code == grpc::StatusCode::UNAVAILABLE || code == grpc::StatusCode::CANCELLED ||
         code == grpc::StatusCode::DEADLINE_EXCEEDED;
}

std::string NameOf(const grpc::Status& status) {
  return absl::StatusCodeToString(static_cast<absl::StatusCode>(status.error_code()));
}

// A CreateOrder, or the CancelOrder that follows one.
struct PendingCall {
  MixedOrder order;
  order::v1::CancelOrderRequest cancel_request;
  bool is_cancel = false;
  int attempts_left = 0;
  grpc::ClientContext context;
  order::v1::Order answer;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<order::v1::Order>> reader;
  OrderLog* log = nullptr;
};

}  // namespace

struct OrderSender::State {
  Duration call_timeout{};
  std::unique_ptr<OrderService::Stub> stub;
  grpc::CompletionQueue queue;
  std::atomic<int> in_flight = 0;
  std::jthread receiver;
  mutable Mutex mutex;
  std::map<std::string, int64_t> failures ABSL_GUARDED_BY(mutex);
  std::map<std::string, int64_t> repeats ABSL_GUARDED_BY(mutex);

  void Failed(OrderLog& log, const std::string& why) {
    log.failed = true;
    MutexLock lock(mutex);
    ++failures[why];
  }

  // A call that is repeated waits for a connection, so that it is not used up while there is none.
  void Start(MixedOrder order, OrderLog& log, int attempts_left, bool is_repeat) {
    auto call = std::make_unique<PendingCall>();
    call->order = std::move(order);
    call->attempts_left = attempts_left - 1;
    call->log = &log;
    call->context.set_wait_for_ready(is_repeat);
    rpc::Prepare(call->context, call_timeout, telemetry::NewTrace());
    call->reader = stub->PrepareAsyncCreateOrder(&call->context, call->order.request, &queue);
    Await(std::move(call));
  }

  // As a customer who changes his mind at once. What it answers is not counted: the order is, by
  // how it ends.
  void Cancel(const PendingCall& created) {
    auto call = std::make_unique<PendingCall>();
    call->is_cancel = true;
    call->log = created.log;
    call->cancel_request.set_order_id(created.answer.order_id());
    call->cancel_request.set_request_id(created.order.request.request_id());
    call->cancel_request.set_reason("changed my mind");
    rpc::Prepare(call->context, call_timeout, telemetry::NewTrace());
    call->reader = stub->PrepareAsyncCancelOrder(&call->context, call->cancel_request, &queue);
    Await(std::move(call));
  }

  void Await(std::unique_ptr<PendingCall> call) {
    call->reader->StartCall();
    ++in_flight;
    PendingCall* tag = call.release();  // owned by the queue until it comes back in Receive
    tag->reader->Finish(&tag->answer, &tag->status, tag);
  }

  void Repeat(PendingCall& call) {
    {
      MutexLock lock(mutex);
      ++repeats[NameOf(call.status)];
    }
    Start(std::move(call.order), *call.log, call.attempts_left, true);
  }

  void Receive(SteadyClock::time_point start) {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      const std::unique_ptr<PendingCall> call(static_cast<PendingCall*>(tag));
      if (call->is_cancel) {
        // Nothing to note.
      } else if (call->status.ok()) {
        call->log->answered =
            std::chrono::duration_cast<Duration>(SteadyClock::now() - start).count();
        if (call->order.cancel) {
          Cancel(*call);
        }
      } else if (call->attempts_left > 0 && MayRepeat(call->status.error_code())) {
        Repeat(*call);
      } else {
        call->log->refused =
            std::chrono::duration_cast<Duration>(SteadyClock::now() - start).count();
        Failed(*call->log, NameOf(call->status));
      }
      --in_flight;
    }
  }
};

OrderSender::OrderSender(SenderOptions options, SteadyClock::time_point start)
    : state_(std::make_unique<State>()), options_(std::move(options)), start_(start) {
  state_->call_timeout = options_.call_timeout;
  state_->stub = OrderService::NewStub(
      rpc::MakeChannel(options_.order_address, {.credentials = options_.credentials}));
  state_->receiver = std::jthread([this] { state_->Receive(start_); });
}

OrderSender::~OrderSender() { state_->queue.Shutdown(); }

void OrderSender::Send(OrderMix& mix, std::vector<OrderLog>& log) {
  const SystemClock clock;
  UuidV7Generator ids(clock);
  for (size_t next = 0; next < log.size();) {
    std::this_thread::sleep_until(start_ + Duration(log[next].intended));
    const Moment now = std::chrono::duration_cast<Duration>(SteadyClock::now() - start_).count();
    lag_max_ = std::max(lag_max_, now - log[next].intended);
    const Moment until = now + Duration(kTick).count();
    for (; next < log.size() && log[next].intended <= until; ++next) {
      if (state_->in_flight >= options_.in_flight_max) {
        log[next].not_sent = true;
        state_->Failed(log[next], "not sent: too many calls in flight");
        continue;
      }
      state_->Start(mix.Make(static_cast<uint32_t>(next), ids.NewId()), log[next],
                    options_.attempts_max, false);
    }
  }
  while (state_->in_flight > 0) {
    std::this_thread::sleep_for(kTick);
  }
}

std::map<std::string, int64_t> OrderSender::failures() const {
  MutexLock lock(state_->mutex);
  return state_->failures;
}

std::map<std::string, int64_t> OrderSender::repeats() const {
  MutexLock lock(state_->mutex);
  return state_->repeats;
}

}  // namespace orderflow::loadgen
