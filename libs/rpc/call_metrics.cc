#include "libs/rpc/call_metrics.h"

#include <utility>

#include "libs/telemetry/metrics.h"

namespace orderflow::rpc {
namespace {

using telemetry::MetricType;

// A name and what it means.
struct Named {
  const char* name;
  const char* help;
};

Named CallsOf(CallSide side) {
  return side == CallSide::kServer
             ? Named{"orderflow_rpc_calls_total", "Calls answered, by method and status code."}
             : Named{"orderflow_rpc_client_calls_total",
                     "Calls made to other servers that ended, by method and status code."};
}

Named DurationOf(CallSide side) {
  return side == CallSide::kServer
             ? Named{"orderflow_rpc_duration_seconds", "Time from arrival of a call to its answer."}
             : Named{"orderflow_rpc_client_duration_seconds",
                     "Time that a call to another server took."};
}

}  // namespace

MethodMetrics::MethodMetrics(telemetry::Metrics& metrics, CallSide side, std::string method)
    : metrics_(metrics),
      side_(side),
      method_(std::move(method)),
      duration_(metrics.AddHistogram(DurationOf(side).name, DurationOf(side).help,
                                     telemetry::DurationBuckets(), {{"method", method_}})) {}

void MethodMetrics::Record(absl::StatusCode code, std::chrono::steady_clock::duration duration) {
  duration_.Observe(std::chrono::duration<double>(duration).count());
  Count(code);
}

void MethodMetrics::RecordStream(absl::StatusCode code) { Count(code); }

void MethodMetrics::Count(absl::StatusCode code) {
  if (static_cast<size_t>(code) >= kStatusCodes) {
    code = absl::StatusCode::kUnknown;  // another server may answer with any number
  }
  std::atomic<telemetry::Counter*>& calls = calls_[static_cast<size_t>(code)];
  if (calls.load() == nullptr) {
    // Made on first use, so that codes which never occur are no series.
    const std::string name = code == absl::StatusCode::kOk ? "OK" : absl::StatusCodeToString(code);
    calls.store(&metrics_.AddCounter(CallsOf(side_).name, CallsOf(side_).help,
                                     {{"method", method_}, {"code", name}}));
  }
  calls.load()->Increment();
}

CallMetrics::CallMetrics(telemetry::Metrics& metrics, CallSide side)
    : metrics_(metrics), side_(side) {
  metrics.Declare(
      {CallsOf(side).name, MetricType::kCounter, CallsOf(side).help, {"code", "method"}});
  metrics.Declare(
      {DurationOf(side).name, MetricType::kHistogram, DurationOf(side).help, {"method"}});
}

MethodMetrics& CallMetrics::Of(const std::string& method) {
  MutexLock lock(mutex_);
  std::unique_ptr<MethodMetrics>& entry = methods_[method];
  if (entry == nullptr) {
    entry = std::make_unique<MethodMetrics>(metrics_, side_, method);
  }
  return *entry;
}

}  // namespace orderflow::rpc
