#include "libs/tracing/span_exporter.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <random>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/trace_metrics.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::tracing {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;
using telemetry::Counter;
using telemetry::Span;

constexpr long kOk = 200;
constexpr long kTooManyRequests = 429;
constexpr long kBadGateway = 502;
constexpr long kUnavailable = 503;
constexpr long kGatewayTimeout = 504;

Counter& Failures(telemetry::Metrics& metrics, const char* reason) {
  return metrics.AddCounter("orderflow_trace_export_failures_total",
                            "Requests to the collector of traces that failed, by reason; those "
                            "that may succeed later are tried again.",
                            {{"reason", reason}});
}

}  // namespace

struct SpanExporter::State {
  State(telemetry::Tracer& tracer_in, telemetry::Metrics& metrics, ExporterOptions options_in)
      : tracer(tracer_in),
        options(std::move(options_in)),
        poster(options.collector),
        exported(metrics.AddCounter("orderflow_trace_exported_spans_total",
                                    "Spans that the collector accepted.")),
        not_exported(DroppedSpans(metrics, telemetry::kDroppedNotExported)),
        refused(DroppedSpans(metrics, telemetry::kDroppedRefused)),
        unreachable(Failures(metrics, "unreachable")),
        timed_out(Failures(metrics, "timeout")),
        wrong_settings(Failures(metrics, "settings")),
        wrong_status(Failures(metrics, "status")),
        wrong_answer(Failures(metrics, "answer")) {}

  void Run(const std::stop_token& stop);
  void Export(std::span<const Span> spans, const std::stop_token& stop);
  // True: the request is over, for better or worse.
  bool TryOnce(const std::string& body, size_t spans, std::optional<Duration>& wait);
  bool OnAnswer(const PostResult& result, size_t spans, std::optional<Duration>& wait);
  void Accept(size_t spans, int64_t refused_spans);
  void NoteFailure(Counter& counter, const std::string& error);
  // Sleeps, but not beyond a stop, and after one not beyond its budget.
  void Sleep(Duration time, const std::stop_token& stop);
  bool IsBudgetSpent() const { return std::chrono::steady_clock::now() >= give_up_at.load(); }

  telemetry::Tracer& tracer;
  const ExporterOptions options;
  OtlpPoster poster;
  Counter& exported;
  Counter& not_exported;
  Counter& refused;
  Counter& unreachable;
  Counter& timed_out;
  Counter& wrong_settings;
  Counter& wrong_status;
  Counter& wrong_answer;
  std::atomic<SteadyTime> give_up_at = SteadyTime::max();
  // Of the thread.
  std::minstd_rand random{std::random_device{}()};
  bool failing = false;
  Mutex sleep_mutex;
  ConditionVariable sleep;
  std::jthread thread;
};

void SpanExporter::State::Run(const std::stop_token& stop) {
  // Waits without the stop token: Close ends the loop once the queue is drained.
  for (;;) {
    if (tracer.waiting() < options.batch_max) {
      Sleep(options.gather_time, stop);
    }
    const std::vector<Span> spans = tracer.Take(options.batch_max, std::stop_token());
    if (spans.empty()) {
      return;
    }
    Export(spans, stop);
  }
}

void SpanExporter::State::Export(std::span<const Span> spans, const std::stop_token& stop) {
  const std::string body = EncodeSpans(options.resource, spans);
  for (int attempt = 1; !IsBudgetSpent(); ++attempt) {
    std::optional<Duration> wait;
    if (TryOnce(body, spans.size(), wait)) {
      return;
    }
    if (attempt >= options.attempts_max) {
      break;
    }
    const double random01 = std::uniform_real_distribution<double>(0.5, 1)(random);
    Sleep(wait.value_or(BackoffDelay(options.backoff, attempt, random01)), stop);
  }
  not_exported.Increment(static_cast<double>(spans.size()));
}

bool SpanExporter::State::TryOnce(const std::string& body, size_t spans,
                                  std::optional<Duration>& wait) {
  const PostResult result = poster.Post(body);
  switch (result.kind) {
    case PostResult::Kind::kAnswered:
      return OnAnswer(result, spans, wait);
    case PostResult::Kind::kUnreachable:
      NoteFailure(unreachable, result.error);
      return false;
    case PostResult::Kind::kTimedOut:
      NoteFailure(timed_out, result.error);
      return false;
    case PostResult::Kind::kWrongSettings:
      NoteFailure(wrong_settings, result.error);
      return false;
  }
  return false;
}

bool SpanExporter::State::OnAnswer(const PostResult& result, size_t spans,
                                   std::optional<Duration>& wait) {
  if (result.status == kOk) {
    const std::optional<int64_t> refused_spans = RefusedSpans(result.body);
    if (refused_spans.has_value()) {
      Accept(spans, *refused_spans);
      return true;
    }
    NoteFailure(wrong_answer, "the answer is none of a collector; is the endpoint right?");
  } else {
    NoteFailure(wrong_status, result.error);
    if (result.status == kTooManyRequests || result.status == kBadGateway ||
        result.status == kUnavailable || result.status == kGatewayTimeout) {
      if (result.retry_after) {
        wait = std::min<Duration>(*result.retry_after, options.retry_after_max);
      }
      return false;
    }
  }
  // The same request would end the same way.
  not_exported.Increment(static_cast<double>(spans));
  return true;
}

void SpanExporter::State::Accept(size_t spans, int64_t refused_spans) {
  const auto all = static_cast<int64_t>(spans);
  const int64_t not_taken = std::clamp<int64_t>(refused_spans, 0, all);
  exported.Increment(static_cast<double>(all - not_taken));
  refused.Increment(static_cast<double>(not_taken));
  if (std::exchange(failing, false)) {
    telemetry::LogInfo("the collector of traces takes spans again");
  }
}

// One line per outage: it concerns every span.
void SpanExporter::State::NoteFailure(Counter& counter, const std::string& error) {
  counter.Increment();
  if (!std::exchange(failing, true)) {
    telemetry::LogWarning("spans not exported; what the queue cannot hold meanwhile is dropped",
                          {{"url", options.collector.url}, {"error", error}});
  }
}

void SpanExporter::State::Sleep(Duration time, const std::stop_token& stop) {
  const SteadyTime until = std::chrono::steady_clock::now() + time;
  MutexLock lock(sleep_mutex);
  sleep.wait_until(sleep_mutex, stop, until, [] { return false; });
  if (stop.stop_requested()) {
    // Stopping is no reason to hammer a collector that is about to come back.
    constexpr Duration kStoppingPause = std::chrono::milliseconds(100);
    sleep.wait_until(
        sleep_mutex,
        std::min({until, give_up_at.load(), std::chrono::steady_clock::now() + kStoppingPause}),
        [] { return false; });
  }
}

SpanExporter::SpanExporter(telemetry::Tracer& tracer, telemetry::Metrics& metrics,
                           ExporterOptions options)
    : state_(std::make_unique<State>(tracer, metrics, std::move(options))) {}

SpanExporter::~SpanExporter() { Stop(Duration::zero()); }

void SpanExporter::Start() {
  State& state = *state_;
  state.thread = std::jthread([&state](const std::stop_token& stop) { state.Run(stop); });
}

void SpanExporter::Stop(Duration budget) {
  State& state = *state_;
  if (!state.thread.joinable()) {
    return;
  }
  const SteadyTime give_up_at = std::chrono::steady_clock::now() + budget;
  state.give_up_at.store(give_up_at);
  state.poster.AbortAt(give_up_at);
  state.tracer.Close();
  state.thread.request_stop();
  state.thread.join();
}

}  // namespace orderflow::tracing
