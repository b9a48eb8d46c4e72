#include "libs/rpc/call_executor.h"

#include <grpcpp/server_context.h>

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
#include "libs/rpc/call_record.h"
#include "libs/rpc/customer_streams.h"
#include "libs/rpc/hostile_peers.h"
#include "libs/rpc/open_stream.h"
#include "libs/rpc/server.h"
#include "libs/rpc/server_call.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

constexpr char kOpenStreams[] = "orderflow_rpc_open_streams";
constexpr char kOpenStreamsHelp[] = "Streams that are open, by method.";
constexpr int64_t kCallsPerConnectionMax = 2 * kConcurrentStreamsMax;

// One call that is answered; it goes with the ServerCall, which is not before FinishCall.
class AnsweredCall final : public ServerCall::Attachment {
 public:
  AnsweredCall(ServerCall& call, MethodMetrics& metrics, CallAnswers& answers,
               const CallTracing* tracing, std::shared_ptr<HostilePeers> peers)
      : call_(call),
        record_(metrics, answers, tracing, TraceparentOf(call.context())),
        peer_call_(std::move(peers), call.context().peer()) {}

  // Exactly once; neither this nor the call must be touched afterwards.
  void FinishCall(const absl::Status& status) {
    INVARIANT(!finished_.exchange(true), "a call is finished exactly once");
    call_.Finish(record_.End(status));
  }

  ServerSpan& span() { return record_.span(); }

  // Why the call is not worth starting any more; OK when it is.
  absl::Status Wanted() const {
    if (call_.is_cancelled()) {
      return absl::CancelledError("the caller cancelled the call");
    }
    if (call_.context().deadline() <= std::chrono::system_clock::now()) {
      return absl::DeadlineExceededError("the deadline passed before work on the call began");
    }
    return absl::OkStatus();
  }

 private:
  ServerCall& call_;
  CallRecord record_;
  const PeerCall peer_call_;
  std::atomic<bool> finished_ = false;
};

struct Job {
  AnsweredCall* call = nullptr;
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
  // `keep_alive` holds the metrics that the call writes to.
  FinishToken(AnsweredCall& call, std::shared_ptr<void> keep_alive)
      : call_(&call), keep_alive_(std::move(keep_alive)) {}
  FinishToken(const FinishToken&) = delete;
  FinishToken& operator=(const FinishToken&) = delete;
  ~FinishToken() {
    if (AnsweredCall* call = call_.exchange(nullptr)) {
      call->FinishCall(absl::InternalError("the handler dropped the call without finishing it"));
    }
  }

  void Finish(const absl::Status& status) {
    AnsweredCall* call = call_.exchange(nullptr);
    INVARIANT(call != nullptr, "a call is finished exactly once");
    call->FinishCall(status);
  }

 private:
  std::atomic<AnsweredCall*> call_;
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
      absl::Status status = stopping.load() ? ShuttingDown() : job.call->Wanted();
      if (status.ok()) {
        status = job.handler();
      }
      // What the handler captured is released before the call, and with it request and response,
      // ends.
      job.handler = nullptr;
      job.call->FinishCall(status);
    }
  }

  AnsweredCall& Begin(ServerCall& call, const std::string& method) {
    auto answered =
        std::make_unique<AnsweredCall>(call, calls.Of(method), answers, options.tracing, peers);
    AnsweredCall& result = *answered;
    call.Attach(std::move(answered));
    return result;
  }

  // The one place where a call gets in; nothing was taken for it before.
  absl::StatusOr<Caller> LetIn(const grpc::ServerContext& context,
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

void CallExecutor::Run(ServerCall* call, const std::string& method, CallHandler handler,
                       const Admit& admit) {
  AnsweredCall& answered = state_->Begin(*call, method);
  absl::StatusOr<Caller> caller = state_->LetIn(call->context(), method);
  if (!caller.ok()) {
    answered.FinishCall(caller.status());
    return;
  }
  caller->span = &answered.span();
  absl::StatusOr<Admission::Place> place = nullptr;
  if (admit) {
    place = admit(*caller);
  }
  if (!place.ok()) {
    answered.FinishCall(place.status());
    return;
  }
  state_->waiting.Add(1);  // a process may have several executors
  Job job{.call = &answered,
          .handler = [handler = std::move(handler), caller = *std::move(caller),
                      place = *std::move(place)] { return handler(caller); }};
  if (!state_->queue.TryPush(std::move(job))) {
    state_->waiting.Add(-1);
    answered.FinishCall(state_->stopping.load()
                            ? ShuttingDown()
                            : Overloaded("too many calls are waiting; try again later",
                                         std::chrono::ceil<std::chrono::milliseconds>(
                                             state_->options.retry_delay)));
  }
}

void CallExecutor::RunAsync(
    ServerCall* call, const std::string& method,
    const std::function<void(const Caller& caller, Finish finish)>& handler) {
  AnsweredCall& answered = state_->Begin(*call, method);
  absl::StatusOr<Caller> caller = state_->LetIn(call->context(), method);
  if (const absl::Status wanted = answered.Wanted(); caller.ok() && !wanted.ok()) {
    caller = wanted;
  }
  if (!caller.ok()) {
    answered.FinishCall(caller.status());
    return;
  }
  caller->span = &answered.span();
  auto token = std::make_shared<FinishToken>(answered, state_);
  handler(*caller,
          [token = std::move(token)](const absl::Status& status) { token->Finish(status); });
}

std::unique_ptr<OpenStream> CallExecutor::Open(const grpc::ServerContext& context,
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
                        .calls = state_->calls,
                        .answers = state_->answers,
                        .tracing = state_->options.tracing,
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
