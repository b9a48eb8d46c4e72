#pragma once

#include <string>
#include <vector>

#include "tools/loadgen/run_log.h"

namespace orderflow::loadgen {

// When the phases of an overload run begin: a rate that is kept up, then a multiple of it, then
// less than it, until the end.
struct OverloadPhases {
  Moment peak_start = 0;
  Moment overload_start = 0;
  Moment recovery_start = 0;
  Moment end = 0;
};

struct OverloadReport {
  double peak_per_second = 0;     // confirmed in the first phase
  double offered_per_second = 0;  // calls due in the overload
  double sent_share = 0;          // of them, those that the generator could send
  double goodput_per_second = 0;  // confirmed in the overload
  double goodput_ratio = 0;       // of the two confirmed rates
  double admitted_p99_ms = 0;     // of the accepted calls of the overload, from the intended time
  double refused_p99_ms = 0;      // how long it took to say no
  // From the end of the overload until every order is accepted again, and 99 % of each second's
  // orders are confirmed within a second; -1: it did not come to that.
  double recovery_seconds = -1;
};

OverloadReport EvaluateOverload(const std::vector<OrderLog>& orders, const OverloadPhases& phases);

// "overload: peak_per_second=.. goodput_ratio=.. ..." for scripts.
std::string ReportLine(const OverloadReport& report, double rss_growth, int64_t rss_mib);

}  // namespace orderflow::loadgen
