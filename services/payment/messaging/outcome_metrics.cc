#include "services/payment/messaging/outcome_metrics.h"

#include <string>

#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::payment {
namespace {

const char* VerdictLabel(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSucceeded:
      return "succeeded";
    case Verdict::kDeclined:
      return "declined";
    case Verdict::kInconclusive:
      break;
  }
  return "inconclusive";
}

}  // namespace

OutcomeMetrics::OutcomeMetrics(telemetry::Metrics& metrics) {
  for (const OperationKind kind : {OperationKind::kAuthorize, OperationKind::kCapture,
                                   OperationKind::kVoid, OperationKind::kRefund}) {
    for (const Verdict verdict :
         {Verdict::kSucceeded, Verdict::kDeclined, Verdict::kInconclusive}) {
      counters_[{kind, verdict}] =
          &metrics.AddCounter("orderflow_payment_outcomes_total", "What provider calls taught us.",
                              {{"kind", ToString(kind)}, {"verdict", VerdictLabel(verdict)}});
    }
  }
}

void OutcomeMetrics::Count(std::span<const CallOutcome> outcomes) {
  const CallOutcome* unknown = nullptr;
  size_t unknown_count = 0;
  for (const CallOutcome& outcome : outcomes) {
    counters_.at({outcome.kind, outcome.verdict})->Increment();
    if (outcome.verdict == Verdict::kInconclusive) {
      unknown = &outcome;
      ++unknown_count;
    }
  }
  if (unknown != nullptr) {
    // One line per batch: an outage of the provider concerns every order.
    telemetry::LogWarning(
        "outcomes of provider calls are unknown; the resolver will ask by their keys",
        {{"operations", std::to_string(unknown_count)},
         {"order_id", unknown->order_id.value()},
         {"kind", ToString(unknown->kind)},
         {"error", unknown->error}});
  }
}

}  // namespace orderflow::payment
