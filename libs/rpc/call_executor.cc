#include "libs/rpc/call_executor.h"

#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/batch_queue.h"
#include "libs/base/errors.h"
#include "libs/base/invariant.h"
#include "libs/base/status_macros.h"
#include "libs/rpc/call_answer.h"
#include "libs/rpc/call_context.h"
#include "libs/rpc/call_metrics.h"
#include "libs/rpc/call_spans.h"
#include "libs/rpc/customer_streams.h"
#include "libs/rpc/hostile_peers.h"
#include "libs/rpc/open_stream.h"
#include "libs/rpc/server.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

constexpr char kOpenStreams[] = "orderflow_rpc_open_streams";
constexpr char kOpenStreamsHelp[] = "Streams that are open, by method.";
constexpr int64_t kCallsPerConnectionMax = 2 * kConcurrentStreamsMax;

// One call. gRPC keeps context, request and response alive until OnDone, and OnDone comes only
// after the call is finished, so a handler may use them until it has returned its status.
class CallReactor final : public grpc::ServerUnaryReactor {
 public:
  CallReactor(grpc::CallbackServerContext& context, MethodMetrics& metrics, CallAnswers& answers,
              const CallTracing* tracing, std::shared_ptr<HostilePeers> peers)
      : context_(context),
        metrics_(metrics),
        answers_(answers),
        span_(tracing, TraceparentOf(context)),
        peer_call_(std::move(peers), context.peer()),
        start_(std::chrono::steady_clock::now()) {}

  // Exactly once; the reactor must not be touched afterwards.
  void FinishCall(const absl::Status& status) {
    INVARIANT(!finished_.exchange(true), "a call is finished exactly once");
    metrics_.Record(status.code(), std::chrono::steady_clock::now() - start_);
    span_.End(metrics_.method(), status.code());
    Finish(answers_.Of(status, metrics_.method(), span_.context().trace_id));
  }

  ServerSpan& span() { return span_; }

  // Why the call is not worth starting any more; OK when it is.
  absl::Status Wanted() const {
    if (cancelled_.load()) {
      return absl::CancelledError("the caller cancelled the call");
    }
    if (context_.deadline() <= std::chrono::system_clock::now()) {
      return absl::DeadlineExceededError("the deadline passed before work on the call began");
    }
    return absl::OkStatus();
  }

 private:
  void OnCancel() override { cancelled_.store(true); }
  void OnDone() override { delete this; }

  grpc::CallbackServerContext& context_;
  MethodMetrics& metrics_;
  CallAnswers& answers_;
  ServerSpan span_;
  const PeerCall peer_call_;
  const std::chrono::steady_clock::time_point start_;
  std::atomic<bool> cancelled_ = false;
  std::atomic<bool> finished_ = false;
};

struct Job {
  CallReactor* reactor = nullptr;
  std::function<absl::Status()> handler;
};

absl::Status ShuttingDown() {
  return TypedError(absl::StatusCode::kUnavailable, "the server is shutting down; try another one",
                    "SHUTTING_DOWN");
}

// Owned by the `finish` function of an asynchronous call: whoever drops it unused still ends the
// call.
class FinishToken {
 public:
  // `keep_alive` holds the metrics that the reactor writes to.
  FinishToken(CallReactor& reactor, std::shared_ptr<void> keep_alive)
      : reactor_(&reactor), keep_alive_(std::move(keep_alive)) {}
  FinishToken(const FinishToken&) = delete;
  FinishToken& operator=(const FinishToken&) = delete;
  ~FinishToken() {
    if (CallReactor* reactor = reactor_.exchange(nullptr)) {
      reactor->FinishCall(absl::InternalError("the handler dropped the call without finishing it"));
    }
  }

  void Finish(const absl::Status& status) {
    CallReactor* reactor = reactor_.exchange(nullptr);
    INVARIANT(reactor != nullptr, "a call is finished exactly once");
    reactor->FinishCall(status);
  }

 private:
  std::atomic<CallReactor*> reactor_;
  std::shared_ptr<void> keep_alive_;
};

}  // namespace

struct CallExecutor::State {
  State(telemetry::Metrics& metrics_in, Access access_in, ExecutorOptions options_in)
      : metrics(metrics_in),
        access(std::move(access_in)),
        calls(metrics_in, CallSide::kServer),
        options(options_in),
        customer_streams(metrics_in, options_in.customer_streams_max),
        waiting(metrics_in.AddGauge("orderflow_rpc_waiting_calls",
                                    "Calls admitted that wait for a thread.")),
        queue(options_in.queue_max) {
    metrics.Declare({kOpenStreams, telemetry::MetricType::kGauge, kOpenStreamsHelp, {"method"}});
  }

  void Work(std::stop_token stop) {
    for (auto jobs = queue.PopBatch(1, stop); !jobs.empty(); jobs = queue.PopBatch(1, stop)) {
      waiting.Add(-1);
      Job job = std::move(jobs.front());
      absl::Status status = stopping.load() ? ShuttingDown() : job.reactor->Wanted();
      if (status.ok()) {
        status = job.handler();
      }
      // What the handler captured is released before the call, and with it request and response,
      // ends.
      job.handler = nullptr;
      job.reactor->FinishCall(status);
    }
  }

  // The one place where a call gets in; nothing was taken for it before.
  absl::StatusOr<Caller> LetIn(const grpc::CallbackServerContext& context,
                               const std::string& method) const {
    if (stopping.load()) {
      return ShuttingDown();
    }
    return access.Check(context, method);
  }

  telemetry::Metrics& metrics;
  const Access access;
  CallMetrics calls;
  CallAnswers answers;
  const ExecutorOptions options;
  CustomerStreams customer_streams;
  const std::shared_ptr<HostilePeers> peers =
      std::make_shared<HostilePeers>(kCallsPerConnectionMax);
  telemetry::Gauge& waiting;
  BatchQueue<Job> queue;
  std::atomic<bool> stopping = false;
  std::vector<std::jthread> threads;
};

CallExecutor::CallExecutor(telemetry::Metrics& metrics, Access access, ExecutorOptions options)
    : state_(std::make_shared<State>(metrics, std::move(access), options)) {
  for (int i = 0; i < options.threads; ++i) {
    // The raw pointer is safe: Stop joins before the state goes.
    state_->threads.emplace_back(
        [state = state_.get()](std::stop_token stop) { state->Work(stop); });
  }
}

CallExecutor::~CallExecutor() { Stop(); }

grpc::ServerUnaryReactor* CallExecutor::Run(grpc::CallbackServerContext* context,
                                            const std::string& method, CallHandler handler,
                                            const Admit& admit) {
  auto* reactor = new CallReactor(*context, state_->calls.Of(method), state_->answers,
                                  state_->options.tracing, state_->peers);
  absl::StatusOr<Caller> caller = state_->LetIn(*context, method);
  if (!caller.ok()) {
    reactor->FinishCall(caller.status());
    return reactor;
  }
  caller->span = &reactor->span();
  absl::StatusOr<Admission::Place> place = nullptr;
  if (admit) {
    place = admit(*caller);
  }
  if (!place.ok()) {
    reactor->FinishCall(place.status());
    return reactor;
  }
  state_->waiting.Add(1);  // a process may have several executors
  Job job{.reactor = reactor,
          .handler = [handler = std::move(handler), caller = *std::move(caller),
                      place = *std::move(place)] { return handler(caller); }};
  if (!state_->queue.TryPush(std::move(job))) {
    state_->waiting.Add(-1);
    reactor->FinishCall(state_->stopping.load()
                            ? ShuttingDown()
                            : Overloaded("too many calls are waiting; try again later",
                                         std::chrono::ceil<std::chrono::milliseconds>(
                                             state_->options.retry_delay)));
  }
  return reactor;
}

grpc::ServerUnaryReactor* CallExecutor::RunAsync(
    grpc::CallbackServerContext* context, const std::string& method,
    const std::function<void(const Caller& caller, Finish finish)>& handler) {
  auto* reactor = new CallReactor(*context, state_->calls.Of(method), state_->answers,
                                  state_->options.tracing, state_->peers);
  absl::StatusOr<Caller> caller = state_->LetIn(*context, method);
  if (const absl::Status wanted = reactor->Wanted(); caller.ok() && !wanted.ok()) {
    caller = wanted;
  }
  if (!caller.ok()) {
    reactor->FinishCall(caller.status());
    return reactor;
  }
  caller->span = &reactor->span();
  auto token = std::make_shared<FinishToken>(*reactor, state_);
  handler(*caller,
          [token = std::move(token)](const absl::Status& status) { token->Finish(status); });
  return reactor;
}

std::unique_ptr<OpenStream> CallExecutor::Open(const grpc::CallbackServerContext& context,
                                               const std::string& method) {
  absl::StatusOr<Caller> caller = state_->LetIn(context, method);
  absl::StatusOr<CustomerStreams::Place> place = nullptr;
  if (caller.ok()) {
    place = state_->customer_streams.Enter(*caller);
  }
  if (!place.ok()) {
    caller = place.status();
    place = nullptr;
  }
  return std::make_unique<OpenStream>(
      std::move(caller), *std::move(place), context.peer(),
      telemetry::ContinueTrace(TraceparentOf(context)).trace_id,
      OpenStream::Parts{.metrics = state_->calls.Of(method),
                        .answers = state_->answers,
                        .peers = state_->peers,
                        .open_streams = state_->metrics.AddGauge(kOpenStreams, kOpenStreamsHelp,
                                                                 {{"method", method}}),
                        .keep_alive = state_});
}

void CallExecutor::Stop() {
  state_->stopping.store(true);
  state_->queue.Close();
  state_->threads.clear();  // jthread joins; a closed queue is drained first
}

}  // namespace orderflow::rpc
