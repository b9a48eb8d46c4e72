#include "services/payment/providers/operation_resolver.h"

#include <algorithm>
#include <chrono>
#include <utility>
#include <vector>

#include "libs/base/crash_point.h"
#include "libs/base/mutex.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::payment {

OperationResolver::OperationResolver(OpenOperations& operations, ProviderCaller& caller,
                                     telemetry::Metrics& metrics, ResolverOptions options,
                                     OnUnknown on_unknown)
    : operations_(operations),
      caller_(caller),
      options_(options),
      on_unknown_(std::move(on_unknown)),
      unknown_(metrics.AddGauge("orderflow_payment_unknown_operations",
                                "Provider operations whose outcome is not known.")),
      oldest_age_(
          metrics.AddGauge("orderflow_payment_unknown_oldest_age_seconds",
                           "Age of the oldest provider operation whose outcome is not known.")) {}

void OperationResolver::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable never;
  while (!stop.stop_requested()) {
    Measure();
    const absl::StatusOr<size_t> claimed = ResolveDue();
    if (!claimed.ok()) {
      telemetry::LogWarning("due provider operations could not be claimed; trying again",
                            {{"error", claimed.status().ToString()}});
    }
    MutexLock lock(mutex);
    never.wait_for(mutex, stop, more_due_ ? options_.busy_interval : options_.interval,
                   []() { return false; });
  }
}

absl::StatusOr<size_t> OperationResolver::ResolveDue() {
  // What is claimed must be started within half of the lease, so nothing is claimed to wait in
  // line.
  const size_t load = caller_.load();
  if (load >= options_.batch_max) {
    return 0;
  }
  absl::StatusOr<std::vector<ProviderCall>> calls =
      operations_.ClaimDue(options_.batch_max - load, options_.lease);
  if (!calls.ok()) {
    return calls.status();
  }
  const size_t claimed = calls->size();
  more_due_ = claimed == options_.batch_max - load;
  if (claimed == 0) {
    return 0;
  }
  CRASH_POINT("payment.after_claim");
  const auto start_before = std::chrono::steady_clock::now() + options_.lease / 2;
  for (ProviderCall& call : *calls) {
    call.start_before = start_before;
  }
  telemetry::LogInfo("asking the provider about operations of unknown outcome",
                     {{"operations", std::to_string(claimed)}});
  caller_.Submit(*std::move(calls));
  return claimed;
}

void OperationResolver::Measure() {
  const absl::StatusOr<UnknownOperations> unknown = operations_.CountUnknown();
  if (!unknown.ok()) {
    return;  // ResolveDue meets the same database and says so
  }
  unknown_.Set(static_cast<double>(unknown->count));
  oldest_age_.Set(std::chrono::duration<double>(unknown->oldest_age).count());
  on_unknown_(unknown->count);
}

}  // namespace orderflow::payment
