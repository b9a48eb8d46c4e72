#include "tools/verify/metrics_text.h"

#include "libs/telemetry/metric_table.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::verify {
namespace {

double Seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

constexpr char kAttention[] = "orderflow_verify_attention_cases";
constexpr char kViolations[] = "orderflow_verify_violations";
constexpr char kChecked[] = "orderflow_verify_checked_facts";

void Fill(telemetry::Metrics& metrics, const VerificationResult& result, Timestamp end,
          Duration took) {
  for (const Finding& finding : result.findings) {
    const telemetry::Labels invariant = {{"invariant", finding.name}};
    const auto violations = static_cast<double>(finding.violations);
    if (finding.advisory) {
      metrics
          .AddGauge(kAttention, "What waits for a person and breaks no promise, at the last run.",
                    invariant)
          .Set(violations);
      continue;
    }
    metrics.AddGauge(kViolations, "Broken promises that the last run found.", invariant)
        .Set(violations);
    metrics.AddGauge(kChecked, "What the last run held the promise against.", invariant)
        .Set(static_cast<double>(finding.checked));
  }
  metrics.AddGauge("orderflow_verify_read_orders", "Orders that the last run read.")
      .Set(static_cast<double>(result.orders));
  metrics.AddGauge("orderflow_verify_duration_seconds", "How long the last run took.")
      .Set(Seconds(took));
  metrics
      .AddGauge("orderflow_verify_last_run_timestamp_seconds",
                "When the last run that could read everything ended, as Unix time.")
      .Set(Seconds(end.time_since_epoch()));
}

}  // namespace

std::string MetricsText(const VerificationResult& result, Timestamp end, Duration took) {
  telemetry::Metrics metrics;
  Fill(metrics, result, end, took);
  return metrics.Expose();
}

std::string MetricsTable() {
  telemetry::Metrics metrics;
  VerificationResult one_of_each;
  one_of_each.findings = {Finding{.name = "promise", .promise = ""},
                          Finding{.name = "advice", .promise = "", .advisory = true}};
  Fill(metrics, one_of_each, Timestamp(), Duration());
  return telemetry::MetricTable(metrics.Describe());
}

}  // namespace orderflow::verify
