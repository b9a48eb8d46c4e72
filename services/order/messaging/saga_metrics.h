#pragma once

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "libs/telemetry/metrics.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// What the orchestrator counts and logs about orders and sagas. Threadsafe.
class SagaMetrics {
 public:
  explicit SagaMetrics(telemetry::Metrics& metrics);

  // A committed step: counts an order that came to rest, with the time since its acceptance, and
  // warns of a saga that has parked.
  void OnStep(const WorkflowStep& step);
  // Where the aggregates of a batch of replies came from.
  struct AggregateSources {
    size_t kept = 0;
    size_t stale = 0;  // kept, but somebody else had gone on: read again
    size_t read = 0;
  };
  void OnAggregates(const AggregateSources& sources);
  void SetKeptAggregates(double aggregates) { kept_aggregates_.Set(aggregates); }
  // A batch of replies runs again because somebody else was quicker.
  void OnRepeatedBatch() { repeated_batches_.Increment(); }
  void OnReplyForUnknownOrder();
  // A reply was skipped: `reason` names the definition that only a newer binary has.
  void OnReplyForNewerSaga(const std::string& order_id, const absl::Status& reason);
  // A saga could not act on its timer.
  void OnTimerFailed() { timer_failures_.Increment(); }
  void SetPastDue(double sagas) { past_due_.Set(sagas); }
  void SetNeedsAttention(double sagas) { needs_attention_.Set(sagas); }
  void SetPaused(double sagas) { paused_.Set(sagas); }
  void SetPausedSteps(double steps) { paused_steps_.Set(steps); }

 private:
  telemetry::Counter& confirmed_;
  telemetry::Counter& rejected_;
  telemetry::Counter& cancelled_;
  telemetry::Counter& parked_;
  telemetry::Counter& unknown_orders_;
  telemetry::Counter& newer_sagas_;
  telemetry::Counter& timer_failures_;
  telemetry::Counter& aggregates_kept_;
  telemetry::Counter& aggregates_stale_;
  telemetry::Counter& aggregates_read_;
  telemetry::Counter& repeated_batches_;
  telemetry::Gauge& kept_aggregates_;
  telemetry::Histogram& duration_;
  telemetry::Gauge& past_due_;
  telemetry::Gauge& needs_attention_;
  telemetry::Gauge& paused_;
  telemetry::Gauge& paused_steps_;
};

}  // namespace orderflow::order
