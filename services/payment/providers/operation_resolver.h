#pragma once

#include <functional>
#include <stop_token>

#include "absl/status/statusor.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/providers/provider_caller.h"

namespace orderflow::telemetry {
class Gauge;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

struct ResolverOptions {
  Duration interval{std::chrono::milliseconds(500)};  // between two looks at the table
  // The same while there is more due than could be claimed: after a crash or an outage. Bounds what
  // an outage of the provider costs, together with the backoff of each operation.
  Duration busy_interval{std::chrono::milliseconds(100)};
  size_t batch_max = 256;                    // operations claimed at a time
  Duration lease{std::chrono::seconds(10)};  // how long a claimed operation is ours
};

// Finds out what became of operations whose outcome is not known: a call timed out, or a process
// died between storing the intent and storing the outcome. Claims due operations, asks the provider
// by idempotency key, and sends the operation again only when the provider has never booked it.
//
// This is the one layer that tries provider calls again. It never gives up and never assumes.
// Any number of processes may run one: operations are leased.
class OperationResolver {
 public:
  using OnUnknown = std::function<void(int64_t)>;

  // `on_unknown` hears how many operations are in the dark, after each look.
  OperationResolver(OpenOperations& operations, ProviderCaller& caller, telemetry::Metrics& metrics,
                    ResolverOptions options, OnUnknown on_unknown);

  // The worker: looks at the table until stop is requested.
  void Run(std::stop_token stop);

  // One look; returns how many operations were claimed. None when the caller has no slot to spare.
  absl::StatusOr<size_t> ResolveDue();

 private:
  void Measure();

  OpenOperations& operations_;
  ProviderCaller& caller_;
  const ResolverOptions options_;
  const OnUnknown on_unknown_;
  telemetry::Gauge& unknown_;
  telemetry::Gauge& oldest_age_;
  bool more_due_ = false;  // as far as the last look could tell
};

}  // namespace orderflow::payment
