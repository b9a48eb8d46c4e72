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

struct PendingCall {
  grpc::ClientContext context;
  order::v1::Order answer;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<order::v1::Order>> reader;
  OrderLog* log = nullptr;
};

}  // namespace

struct OrderSender::State {
  std::unique_ptr<OrderService::Stub> stub;
  grpc::CompletionQueue queue;
  std::atomic<int> in_flight = 0;
  std::jthread receiver;
  mutable Mutex mutex;
  std::map<std::string, int64_t> failures ABSL_GUARDED_BY(mutex);

  void Failed(OrderLog& log, const std::string& why) {
    log.failed = true;
    MutexLock lock(mutex);
    ++failures[why];
  }

  void Start(const order::v1::CreateOrderRequest& request, OrderLog& log, Duration timeout) {
    auto call = std::make_unique<PendingCall>();
    call->log = &log;
    rpc::Prepare(call->context, timeout, telemetry::NewTrace());
    call->reader = stub->PrepareAsyncCreateOrder(&call->context, request, &queue);
    call->reader->StartCall();
    ++in_flight;
    PendingCall* tag = call.release();  // owned by the queue until it comes back in Receive
    tag->reader->Finish(&tag->answer, &tag->status, tag);
  }

  void Receive(SteadyClock::time_point start) {
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      const std::unique_ptr<PendingCall> call(static_cast<PendingCall*>(tag));
      if (call->status.ok()) {
        call->log->answered =
            std::chrono::duration_cast<Duration>(SteadyClock::now() - start).count();
      } else {
        call->log->refused =
            std::chrono::duration_cast<Duration>(SteadyClock::now() - start).count();
        Failed(*call->log,
               absl::StatusCodeToString(static_cast<absl::StatusCode>(call->status.error_code())));
      }
      --in_flight;
    }
  }
};

OrderSender::OrderSender(SenderOptions options, SteadyClock::time_point start)
    : state_(std::make_unique<State>()), options_(std::move(options)), start_(start) {
  state_->stub = OrderService::NewStub(rpc::MakeChannel(options_.order_address, {}));
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
                    options_.call_timeout);
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

}  // namespace orderflow::loadgen
