#include "tools/verify/metrics_text.h"

#include "libs/telemetry/metrics.h"

namespace orderflow::verify {
namespace {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

std::string MetricsText(const VerificationResult& result, Timestamp end, Duration took) {
  telemetry::Metrics metrics;
  for (const Finding& finding : result.findings) {
    const telemetry::Labels invariant = {{"invariant", finding.name}};
    if (finding.advisory) {
      metrics
          .AddGauge("orderflow_verify_attention",
                    "What waits for a person and breaks no promise, at the last run", invariant)
          .Set(static_cast<double>(finding.violations));
      continue;
    }
    metrics.AddGauge("orderflow_verify_violations", "Violations that the last run found", invariant)
        .Set(static_cast<double>(finding.violations));
    metrics
        .AddGauge("orderflow_verify_checked", "What the last run held the promise against",
                  invariant)
        .Set(static_cast<double>(finding.checked));
  }
  metrics.AddGauge("orderflow_verify_orders_read", "Orders that the last run read")
      .Set(static_cast<double>(result.orders));
  metrics.AddGauge("orderflow_verify_duration_seconds", "How long the last run took")
      .Set(Seconds(took));
  metrics
      .AddGauge("orderflow_verify_last_run_time_seconds",
                "When the last run that could read everything ended, as Unix time")
      .Set(Seconds(end.time_since_epoch()));
  return metrics.Expose();
}

}  // namespace orderflow::verify
