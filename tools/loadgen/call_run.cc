#include "tools/loadgen/call_run.h"

#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <ctime>
#include <functional>
#include <optional>
#include <random>
#include <vector>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/channel.h"
#include "libs/rpc/status_mapping.h"
#include "libs/telemetry/trace_context.h"
#include "orderflow/order/v1/order_service.grpc.pb.h"
#include "tools/loadgen/zipf.h"

namespace orderflow::loadgen {
namespace {

using order::v1::OrderService;
using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::seconds kConnectTimeout(10);
constexpr std::chrono::seconds kListTimeout(10);

using Reader = std::unique_ptr<grpc::ClientAsyncResponseReader<order::v1::Order>>;
// Makes the next call; the request need not outlive it.
using PrepareCall = std::function<Reader(grpc::ClientContext&, grpc::CompletionQueue&)>;

double ProcessCpuUs() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_nsec) / 1e3;
}

struct Call {
  std::optional<grpc::ClientContext> context;
  Reader reader;
  order::v1::Order answer;
  grpc::Status status;
  SteadyClock::time_point due;
};

// Sends calls until the window ends, waits for the answers, and keeps the latencies of the window.
// All in the thread that calls Run().
class CallLoop {
 public:
  CallLoop(const CallOptions& options, PrepareCall prepare)
      : options_(options),
        prepare_(std::move(prepare)),
        calls_(static_cast<size_t>(options.in_flight_max)),
        start_(SteadyClock::now()),
        from_(start_ + options.warmup),
        end_(from_ + options.measured) {
    for (Call& call : calls_) {
      free_.push_back(&call);
    }
  }
  ~CallLoop() { queue_.Shutdown(); }
  CallLoop(const CallLoop&) = delete;
  CallLoop& operator=(const CallLoop&) = delete;

  CallResult Run() {
    const double cpu_us_before = ProcessCpuUs();
    SendDue();
    while (SteadyClock::now() < end_ || free_.size() < calls_.size()) {
      void* tag = nullptr;
      bool ok = false;
      const auto next = queue_.AsyncNext(&tag, &ok, Until(NextDue()));
      if (next == grpc::CompletionQueue::GOT_EVENT) {
        Receive(*static_cast<Call*>(tag));
      }
      SendDue();
    }
    result_.report.rate = options_.rate;
    result_.report.in_flight = options_.in_flight_max;
    result_.report.seconds = static_cast<double>(options_.measured.count());
    result_.report.client_cpu_us =
        (ProcessCpuUs() - cpu_us_before) / static_cast<double>(std::max<int64_t>(sent_, 1));
    Evaluate(std::move(latencies_), result_.report);
    return std::move(result_);
  }

 private:
  static std::chrono::system_clock::time_point Until(SteadyClock::time_point time) {
    return std::chrono::system_clock::now() +
           std::chrono::duration_cast<std::chrono::system_clock::duration>(time -
                                                                           SteadyClock::now());
  }

  // Without a rate, and behind the end, only an answer or a time-out wakes.
  SteadyClock::time_point NextDue() const {
    const auto now = SteadyClock::now();
    if (options_.rate <= 0 || now >= end_) {
      return now + options_.call_timeout;
    }
    return std::min(DueTime(), end_);
  }

  SteadyClock::time_point DueTime() const {
    return start_ + std::chrono::duration_cast<SteadyClock::duration>(
                        std::chrono::duration<double>(static_cast<double>(sent_) / options_.rate));
  }

  void SendDue() {
    auto now = SteadyClock::now();
    if (options_.rate <= 0) {
      for (; !free_.empty() && now < end_; now = SteadyClock::now()) {
        Send(now);
      }
      return;
    }
    for (auto due = DueTime(); due <= now && due < end_; due = DueTime()) {
      if (free_.empty()) {
        ++sent_;
        Failed(due, "not sent: too many calls in flight");
        continue;
      }
      lag_max_ = std::max(lag_max_, now - due);
      result_.lag_max_ms = std::chrono::duration<double, std::milli>(lag_max_).count();
      Send(due);
    }
  }

  void Send(SteadyClock::time_point due) {
    ++sent_;
    Call& call = *free_.back();
    free_.pop_back();
    call.due = due;
    call.reader.reset();  // lives in the old context's memory
    call.context.emplace();
    rpc::Prepare(*call.context, options_.call_timeout, telemetry::NewTrace());
    call.reader = prepare_(*call.context, queue_);
    call.reader->StartCall();
    call.reader->Finish(&call.answer, &call.status, &call);
  }

  void Receive(Call& call) {
    const auto now = SteadyClock::now();
    if (!call.status.ok()) {
      Failed(now,
             absl::StatusCodeToString(static_cast<absl::StatusCode>(call.status.error_code())));
    } else {
      ++result_.report.answered;
      if (now >= from_ && now < end_) {
        latencies_.push_back(std::chrono::duration_cast<Duration>(now - call.due).count());
      }
    }
    free_.push_back(&call);
  }

  void Failed(SteadyClock::time_point time, const std::string& why) {
    if (time >= from_ && time < end_) {
      ++result_.report.errors;
      ++result_.failures[why];
    }
  }

  const CallOptions& options_;
  const PrepareCall prepare_;
  grpc::CompletionQueue queue_;
  std::vector<Call> calls_;
  std::vector<Call*> free_;
  const SteadyClock::time_point start_;
  const SteadyClock::time_point from_;
  const SteadyClock::time_point end_;
  int64_t sent_ = 0;
  SteadyClock::duration lag_max_{};
  std::vector<Moment> latencies_;
  CallResult result_;
};

absl::StatusOr<std::unique_ptr<OrderService::Stub>> Connect(const CallOptions& options) {
  const auto channel =
      rpc::MakeChannel(options.order_address, {.credentials = options.credentials});
  if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectTimeout)) {
    return absl::UnavailableError(fmt::format("nobody answers at {}", options.order_address));
  }
  return OrderService::NewStub(channel);
}

absl::StatusOr<std::vector<order::v1::GetOrderRequest>> NewestOrders(OrderService::Stub& stub,
                                                                     int orders) {
  std::vector<order::v1::GetOrderRequest> requests;
  order::v1::ListOrdersRequest list;
  while (static_cast<int>(requests.size()) < orders) {
    grpc::ClientContext context;
    rpc::Prepare(context, kListTimeout, telemetry::NewTrace());
    list.set_page_size(orders - static_cast<int>(requests.size()));
    order::v1::ListOrdersResponse page;
    RETURN_IF_ERROR(rpc::FromGrpcStatus(stub.ListOrders(&context, list, &page)));
    for (const order::v1::Order& order : page.orders()) {
      requests.emplace_back().set_order_id(order.order_id());
    }
    if (page.next_page_token().empty()) {
      break;
    }
    list.set_page_token(page.next_page_token());
  }
  if (static_cast<int>(requests.size()) < orders) {
    return absl::FailedPreconditionError(fmt::format(
        "there are only {} orders to read; place some first: loadgen run", requests.size()));
  }
  return requests;
}

}  // namespace

absl::StatusOr<CallResult> RunReads(const CallOptions& options, int orders, double zipf_exponent) {
  ASSIGN_OR_RETURN(const auto stub, Connect(options));
  ASSIGN_OR_RETURN(const auto requests, NewestOrders(*stub, orders));
  const Zipf zipf(requests.size(), zipf_exponent);
  std::mt19937_64 random(20240229);  // the same reads on every run
  std::uniform_real_distribution<double> uniform(0.0, 1.0);
  CallLoop loop(options, [&](grpc::ClientContext& context, grpc::CompletionQueue& queue) {
    return stub->PrepareAsyncGetOrder(&context, requests[zipf.Rank(uniform(random))], &queue);
  });
  return loop.Run();
}

absl::StatusOr<CallResult> RunAccepts(const CallOptions& options, const MixOptions& mix_options) {
  ASSIGN_OR_RETURN(const auto stub, Connect(options));
  OrderMix mix(mix_options);
  const SystemClock clock;
  UuidV7Generator ids(clock);
  uint32_t index = 0;
  CallLoop loop(options, [&](grpc::ClientContext& context, grpc::CompletionQueue& queue) {
    return stub->PrepareAsyncCreateOrder(&context, mix.Make(index++, ids.NewId()).request, &queue);
  });
  return loop.Run();
}

}  // namespace orderflow::loadgen
