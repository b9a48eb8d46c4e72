#pragma once

#include <string>
#include <string_view>

#include "libs/telemetry/metrics.h"

namespace orderflow::telemetry {

// The scheme of names, which is Prometheus' own with our prefix:
//
//   orderflow_<area>_[<what>_]<unit>[_total]
//
// lower case; counters and only they end in _total; the unit is a base unit (seconds, bytes, ratio,
// info) or, of what is counted, its plural: calls, orders, messages. process_*, the names that
// dashboards of any process know, follow the same rules.
//
// Says what of it a name breaks; empty when nothing. Pure.
std::string NamingProblem(std::string_view name, MetricType type);

// "seconds", "calls": what a value of that metric is counted in. Pure.
std::string UnitOf(std::string_view name);

}  // namespace orderflow::telemetry
