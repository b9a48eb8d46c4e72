#include "services/order/messaging/saga_metrics.h"

#include <string>

#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::order {
namespace {

constexpr char kOrders[] = "orderflow_order_finished_orders_total";
constexpr char kOrdersHelp[] = "Orders that came to rest, by outcome.";

constexpr char kAggregates[] = "orderflow_saga_reply_aggregates_total";
constexpr char kAggregatesHelp[] =
    "Orders, with their sagas, that batches of replies were about, by where they came from: kept "
    "in "
    "memory, kept but changed by somebody else and so read again, or read.";

std::string TraceId(const std::string& traceparent) {
  const auto trace = telemetry::ParseTraceparent(traceparent);
  return trace ? trace->trace_id : "";
}

}  // namespace

SagaMetrics::SagaMetrics(telemetry::Metrics& metrics)
    : confirmed_(metrics.AddCounter(kOrders, kOrdersHelp, {{"outcome", "confirmed"}})),
      rejected_(metrics.AddCounter(kOrders, kOrdersHelp, {{"outcome", "rejected"}})),
      cancelled_(metrics.AddCounter(kOrders, kOrdersHelp, {{"outcome", "cancelled"}})),
      parked_(metrics.AddCounter("orderflow_saga_parked_sagas_total",
                                 "Sagas that ran out of attempts, or that a person parked.")),
      unknown_orders_(metrics.AddCounter("orderflow_saga_orderless_replies_total",
                                         "Replies that name an order which does not exist.")),
      newer_sagas_(metrics.AddCounter("orderflow_saga_skipped_replies_total",
                                      "Replies to sagas of a definition that only a newer binary "
                                      "knows; it asks again.")),
      timer_failures_(metrics.AddCounter("orderflow_saga_timer_failures_total",
                                         "Sagas that could not act on their timer.")),
      aggregates_kept_(metrics.AddCounter(kAggregates, kAggregatesHelp, {{"source", "kept"}})),
      aggregates_stale_(metrics.AddCounter(kAggregates, kAggregatesHelp, {{"source", "stale"}})),
      aggregates_read_(metrics.AddCounter(kAggregates, kAggregatesHelp, {{"source", "read"}})),
      repeated_batches_(metrics.AddCounter("orderflow_saga_repeated_batches_total",
                                           "Batches of replies that ran again, under locks, "
                                           "because somebody else had changed one of their "
                                           "orders meanwhile.")),
      kept_aggregates_(metrics.AddGauge("orderflow_saga_kept_aggregates",
                                        "Orders under way that are kept in memory with their "
                                        "sagas.")),
      duration_(metrics.AddHistogram("orderflow_saga_duration_seconds",
                                     "Time from an order's acceptance until it came to rest.",
                                     telemetry::DurationBuckets())),
      past_due_(metrics.AddGauge("orderflow_saga_past_due_sagas",
                                 "Sagas whose next action is over 5 s late.")),
      needs_attention_(
          metrics.AddGauge("orderflow_saga_needs_attention_sagas", "Sagas parked for a person.")),
      paused_(metrics.AddGauge("orderflow_saga_paused_sagas", "Sagas that a person has paused.")),
      paused_steps_(metrics.AddGauge("orderflow_saga_paused_steps",
                                     "Steps that persons have paused in all sagas.")) {}

void SagaMetrics::OnStep(const WorkflowStep& step) {
  const Order& order = step.aggregate.order;
  const SagaRecord& current = step.aggregate.current;
  if (step.parked) {
    parked_.Increment();
    telemetry::LogWarning("saga needs attention", {{"order_id", order.order_id.value()},
                                                   {"saga_id", current.saga.saga_id.value()},
                                                   {"definition", current.saga.definition},
                                                   {"trace_id", TraceId(current.traceparent)}});
  }
  if (!step.order_changed || !IsAtRest(order.state())) {
    return;
  }
  switch (order.state()) {
    case OrderState::kConfirmed:
      confirmed_.Increment();
      break;
    case OrderState::kRejected:
      rejected_.Increment();
      break;
    default:
      cancelled_.Increment();
  }
  duration_.Observe(
      std::chrono::duration<double>(order.update_time() - order.create_time()).count());
  telemetry::LogInfo("order finished", {{"order_id", order.order_id.value()},
                                        {"saga_id", current.saga.saga_id.value()},
                                        {"state", std::string(ToString(order.state()))},
                                        {"trace_id", TraceId(current.traceparent)}});
}

void SagaMetrics::OnAggregates(const AggregateSources& sources) {
  aggregates_kept_.Increment(static_cast<double>(sources.kept));
  aggregates_stale_.Increment(static_cast<double>(sources.stale));
  aggregates_read_.Increment(static_cast<double>(sources.read));
}

void SagaMetrics::OnReplyForUnknownOrder() {
  unknown_orders_.Increment();
  telemetry::LogWarning("reply names an order that does not exist");
}

void SagaMetrics::OnReplyForNewerSaga(const std::string& order_id, const absl::Status& reason) {
  newer_sagas_.Increment();
  telemetry::LogWarning("reply to a saga of a newer binary skipped, that one asks again",
                        {{"order_id", order_id}, {"error", Message(reason)}});
}

}  // namespace orderflow::order
