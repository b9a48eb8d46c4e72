#pragma once

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
  telemetry::Histogram& duration_;
  telemetry::Gauge& past_due_;
  telemetry::Gauge& needs_attention_;
  telemetry::Gauge& paused_;
  telemetry::Gauge& paused_steps_;
};

}  // namespace orderflow::order
