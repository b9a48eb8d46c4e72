#include "tools/loadgen/overload_report.h"

#include "fmt/format.h"

namespace orderflow::loadgen {
namespace {

constexpr Moment kSecond = 1'000'000;
constexpr double kConfirmedMsMax = 1'000;  // as `make bench` asks of a rate that is kept up

bool IsHealthy(const std::vector<OrderLog>& orders, Moment from, Moment to) {
  const LoadReport report = Evaluate(orders, 0, from, to);
  return report.sent > 0 && report.failed == 0 && report.confirmed == report.sent &&
         report.p99_ms <= kConfirmedMsMax;
}

// Backwards: what counts is the first second after which nothing is amiss any more.
double RecoverySeconds(const std::vector<OrderLog>& orders, const OverloadPhases& phases) {
  double recovery = -1;
  for (Moment second = phases.end - kSecond; second >= phases.recovery_start; second -= kSecond) {
    if (!IsHealthy(orders, second, second + kSecond)) {
      break;
    }
    recovery = static_cast<double>(second - phases.recovery_start) / kSecond;
  }
  return recovery;
}

}  // namespace

OverloadReport EvaluateOverload(const std::vector<OrderLog>& orders, const OverloadPhases& phases) {
  const LoadReport peak = Evaluate(orders, 0, phases.peak_start, phases.overload_start);
  const LoadReport overload = Evaluate(orders, 0, phases.overload_start, phases.recovery_start);
  OverloadReport report;
  report.peak_per_second = peak.confirmed_per_second;
  report.offered_per_second = static_cast<double>(overload.sent) / overload.seconds;
  report.sent_share = overload.sent == 0 ? 0
                                         : 1 - static_cast<double>(overload.not_sent) /
                                                   static_cast<double>(overload.sent);
  report.goodput_per_second = overload.confirmed_per_second;
  report.goodput_ratio =
      peak.confirmed_per_second > 0 ? overload.confirmed_per_second / peak.confirmed_per_second : 0;
  report.admitted_p99_ms = overload.accept_p99_ms;
  report.refused_p99_ms = overload.refuse_p99_ms;
  report.recovery_seconds = RecoverySeconds(orders, phases);
  return report;
}

std::string ReportLine(const OverloadReport& report, double rss_growth, int64_t rss_mib) {
  return fmt::format(
      "overload: peak_per_second={:.0f} offered_per_second={:.0f} sent_share={:.2f} "
      "goodput_per_second={:.0f} goodput_ratio={:.2f} admitted_p99_ms={:.0f} refused_p99_ms={:.0f} "
      "rss_growth={:.2f} rss_mib={} recovery_s={:.0f}\n",
      report.peak_per_second, report.offered_per_second, report.sent_share,
      report.goodput_per_second, report.goodput_ratio, report.admitted_p99_ms,
      report.refused_p99_ms, rss_growth, rss_mib, report.recovery_seconds);
}

}  // namespace orderflow::loadgen
