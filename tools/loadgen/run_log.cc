#include "tools/loadgen/run_log.h"

#include <algorithm>
#include <cmath>

#include "fmt/format.h"

namespace orderflow::loadgen {
namespace {

constexpr double kMicrosecondsPerMs = 1e3;

}  // namespace

double PercentileMs(const std::vector<Moment>& sorted, double share) {
  if (sorted.empty()) {
    return 0;
  }
  const auto rank = static_cast<size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return static_cast<double>(sorted[std::max<size_t>(rank, 1) - 1]) / kMicrosecondsPerMs;
}

LoadReport Evaluate(const std::vector<OrderLog>& orders, double rate, Moment from, Moment to) {
  LoadReport report;
  report.rate = rate;
  report.seconds = static_cast<double>(to - from) / 1e6;
  std::vector<Moment> confirm_times;
  std::vector<Moment> accept_times;
  std::vector<Moment> refuse_times;
  int64_t confirmed_in_window = 0;
  int64_t finished_in_window = 0;
  for (const OrderLog& order : orders) {
    const Moment confirmed = order.confirmed;
    const Moment answered = order.answered;
    const Moment finished = confirmed > 0 ? confirmed : Moment(order.ended_otherwise);
    confirmed_in_window += confirmed >= from && confirmed < to && confirmed > 0 ? 1 : 0;
    finished_in_window += finished >= from && finished < to && finished > 0 ? 1 : 0;
    if (order.intended < from || order.intended >= to) {
      continue;
    }
    ++report.sent;
    report.failed += order.failed ? 1 : 0;
    report.not_sent += order.not_sent ? 1 : 0;
    if (order.refused > 0) {
      refuse_times.push_back(order.refused - order.intended);
    }
    if (answered > 0) {
      ++report.accepted;
      accept_times.push_back(answered - order.intended);
    }
    if (confirmed > 0) {
      ++report.confirmed;
      confirm_times.push_back(confirmed - order.intended);
    }
    report.ended_otherwise += order.ended_otherwise > 0 ? 1 : 0;
    report.unfinished += answered > 0 && confirmed == 0 && order.ended_otherwise == 0 ? 1 : 0;
  }
  std::sort(confirm_times.begin(), confirm_times.end());
  std::sort(accept_times.begin(), accept_times.end());
  std::sort(refuse_times.begin(), refuse_times.end());
  report.confirmed_per_second = static_cast<double>(confirmed_in_window) / report.seconds;
  report.finished_per_second = static_cast<double>(finished_in_window) / report.seconds;
  report.p50_ms = PercentileMs(confirm_times, 0.50);
  report.p90_ms = PercentileMs(confirm_times, 0.90);
  report.p99_ms = PercentileMs(confirm_times, 0.99);
  report.max_ms = PercentileMs(confirm_times, 1.0);
  report.accept_p50_ms = PercentileMs(accept_times, 0.50);
  report.accept_p99_ms = PercentileMs(accept_times, 0.99);
  report.refuse_p99_ms = PercentileMs(refuse_times, 0.99);
  return report;
}

std::string ReportLine(const LoadReport& report) {
  return fmt::format(
      "load: rate={:.0f} seconds={:.0f} sent={} accepted={} failed={} confirmed={} "
      "ended_otherwise={} "
      "unfinished={} confirmed_per_second={:.0f} finished_per_second={:.0f} p50_ms={:.1f} "
      "p90_ms={:.1f} p99_ms={:.1f} max_ms={:.1f} "
      "accept_p50_ms={:.1f} accept_p99_ms={:.1f}\n",
      report.rate, report.seconds, report.sent, report.accepted, report.failed, report.confirmed,
      report.ended_otherwise, report.unfinished, report.confirmed_per_second,
      report.finished_per_second, report.p50_ms, report.p90_ms, report.p99_ms, report.max_ms,
      report.accept_p50_ms, report.accept_p99_ms);
}

}  // namespace orderflow::loadgen
