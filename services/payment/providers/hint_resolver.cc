#include "services/payment/providers/hint_resolver.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::payment {
namespace {

telemetry::Counter& HintCounter(telemetry::Metrics& metrics, const char* result) {
  return metrics.AddCounter("orderflow_payment_hints_total",
                            "Hints that an operation has an outcome, by what they led to.",
                            {{"result", result}});
}

// False: stop was requested meanwhile.
bool WaitUntil(std::chrono::steady_clock::time_point time, const std::stop_token& stop) {
  Mutex mutex;
  ConditionVariable never;
  MutexLock lock(mutex);
  never.wait_until(mutex, stop, time, []() { return false; });
  return !stop.stop_requested();
}

}  // namespace

HintResolver::HintResolver(OpenOperations& operations, CallSink& calls, telemetry::Metrics& metrics,
                           HintResolverOptions options)
    : operations_(operations),
      calls_(calls),
      options_(options),
      asked_(HintCounter(metrics, "asked")),
      closed_(HintCounter(metrics, "not_open")),
      refused_(HintCounter(metrics, "refused")),
      lead_(metrics.AddHistogram(
          "orderflow_payment_hint_lead_seconds",
          "How long before the resolver's own turn a hint had the provider asked.",
          telemetry::DurationBuckets())),
      queue_(options.queue_max) {}

bool HintResolver::Offer(const OperationKey& operation) {
  if (!queue_.TryPush({operation, std::chrono::steady_clock::now()})) {
    refused_.Increment();
    return false;
  }
  return true;
}

void HintResolver::Run(std::stop_token stop) {
  while (true) {
    const std::vector<Hint> hints = queue_.PopBatch(options_.batch_max, stop);
    if (hints.empty() || !WaitUntil(hints.back().time + options_.grace, stop)) {
      return;
    }
    std::vector<OperationKey> operations;
    operations.reserve(hints.size());
    for (const Hint& hint : hints) {
      operations.push_back(hint.operation);
    }
    const absl::StatusOr<size_t> asked = Follow(operations);
    if (!asked.ok()) {
      telemetry::LogWarning(
          "hints could not be followed; the resolver finds their operations",
          {{"hints", std::to_string(hints.size())}, {"error", asked.status().ToString()}});
    }
  }
}

absl::StatusOr<size_t> HintResolver::Follow(std::span<const OperationKey> operations) {
  std::vector<OperationKey> distinct(operations.begin(), operations.end());
  std::sort(distinct.begin(), distinct.end());
  distinct.erase(std::unique(distinct.begin(), distinct.end()), distinct.end());
  absl::StatusOr<std::vector<HintedOperation>> open = operations_.FindOpen(distinct);
  if (!open.ok()) {
    return open.status();
  }
  closed_.Increment(static_cast<double>(operations.size() - open->size()));
  if (open->empty()) {
    return 0;
  }
  const auto start_before = std::chrono::steady_clock::now() + options_.question_time_max;
  std::vector<ProviderCall> calls;
  for (HintedOperation& operation : *open) {
    lead_.Observe(std::chrono::duration<double>(std::max(operation.due_in, Duration(0))).count());
    operation.call.start_before = start_before;
    calls.push_back(std::move(operation.call));
  }
  const size_t asked = calls.size();
  asked_.Increment(static_cast<double>(asked));
  calls_.Submit(std::move(calls));
  return asked;
}

}  // namespace orderflow::payment
