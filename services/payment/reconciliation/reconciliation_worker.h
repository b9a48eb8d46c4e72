#pragma once

#include <chrono>
#include <stop_token>

#include "absl/status/statusor.h"
#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::telemetry {
class Counter;
class Gauge;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

class Reconciler;

struct ReconciliationWorkerOptions {
  Duration interval{std::chrono::minutes(15)};      // between a complete run and the next
  Duration lease{std::chrono::seconds(30)};         // for one page
  Duration look_interval{std::chrono::seconds(5)};  // between two looks whether a run is due
};

// Runs the reconciler in the background. Any number of processes may have one: a run belongs to
// whoever has claimed it, page after page in the transaction of the page, and goes on from its
// cursor when its process dies.
class ReconciliationWorker {
 public:
  ReconciliationWorker(Reconciler& reconciler, ReconciliationStore& store,
                       telemetry::Metrics& metrics, ReconciliationWorkerOptions options);

  // The worker: until stop is requested.
  void Run(std::stop_token stop);

  // Claims a run that is due and carries it out. False: none is due, or somebody else has it.
  // kFailedPrecondition: it was taken over meanwhile.
  absl::StatusOr<bool> RunIfDue(const std::stop_token& stop);

 private:
  void Measure();

  Reconciler& reconciler_;
  ReconciliationStore& store_;
  const ReconciliationWorkerOptions options_;
  telemetry::Counter& complete_;
  telemetry::Counter& failed_;
  telemetry::Gauge& open_findings_;
  telemetry::Gauge& last_complete_age_;
};

}  // namespace orderflow::payment
