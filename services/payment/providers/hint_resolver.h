#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <stop_token>

#include "absl/status/statusor.h"
#include "libs/base/batch_queue.h"
#include "services/payment/domain/outcome_hints.h"
#include "services/payment/domain/payment_store.h"

namespace orderflow::telemetry {
class Counter;
class Histogram;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

struct HintResolverOptions {
  size_t queue_max = 8192;  // hints that may wait
  size_t batch_max = 1024;  // hints looked up in one transaction
  // How old a hint must be: most operations are answered the ordinary way meanwhile, and then need
  // no question.
  Duration grace{std::chrono::milliseconds(100)};
  // A question that has waited longer for its turn is left to the resolver.
  Duration question_time_max{std::chrono::seconds(5)};
};

// Follows hints: asks the provider at once about operations that are still open, by key, and never
// sends anything. A hint about an operation that is not open, or not ours, does nothing, so that
// repeated, late and reordered hints need no memory.
//
// The resolver stays what finds every outcome; this only finds some of them earlier. Threadsafe.
class HintResolver final : public OutcomeHints {
 public:
  HintResolver(OpenOperations& operations, CallSink& calls, telemetry::Metrics& metrics,
               HintResolverOptions options);

  bool Offer(const OperationKey& operation) override;

  // The worker: follows hints until stop is requested.
  void Run(std::stop_token stop);

  // Hints that wait to be followed.
  size_t waiting() const { return queue_.size(); }

  // Asks about those of the operations that are open; returns how many.
  absl::StatusOr<size_t> Follow(std::span<const OperationKey> operations);

 private:
  struct Hint {
    OperationKey operation;
    std::chrono::steady_clock::time_point time;
  };

  OpenOperations& operations_;
  CallSink& calls_;
  const HintResolverOptions options_;
  telemetry::Counter& asked_;
  telemetry::Counter& closed_;
  telemetry::Counter& refused_;
  telemetry::Histogram& lead_;
  BatchQueue<Hint> queue_;
};

}  // namespace orderflow::payment
