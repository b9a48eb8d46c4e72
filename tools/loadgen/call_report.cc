#include "tools/loadgen/call_report.h"

#include <algorithm>

#include "fmt/format.h"

namespace orderflow::loadgen {

void Evaluate(std::vector<Moment> latencies, CallReport& report) {
  std::sort(latencies.begin(), latencies.end());
  report.calls_per_second = static_cast<double>(latencies.size()) / report.seconds;
  report.p50_ms = PercentileMs(latencies, 0.50);
  report.p90_ms = PercentileMs(latencies, 0.90);
  report.p99_ms = PercentileMs(latencies, 0.99);
  report.max_ms = PercentileMs(latencies, 1.0);
}

std::string ReportLine(const std::string& noun, const CallReport& report) {
  return fmt::format(
      "{0}: {0}_per_second={1:.0f} p50_ms={2:.2f} p90_ms={3:.2f} p99_ms={4:.2f} max_ms={5:.1f} "
      "errors={6} answered={7} rate={8:.0f} in_flight={9} seconds={10:.0f} "
      "client_cpu_us={11:.1f}\n",
      noun, report.calls_per_second, report.p50_ms, report.p90_ms, report.p99_ms, report.max_ms,
      report.errors, report.answered, report.rate, report.in_flight, report.seconds,
      report.client_cpu_us);
}

}  // namespace orderflow::loadgen
