#pragma once

#include <string>
#include <vector>

#include "libs/telemetry/metrics.h"

namespace orderflow::telemetry {

// The metrics as a Markdown table: name, type, unit, labels, meaning. Pure.
std::string MetricTable(const std::vector<MetricDescription>& metrics);

}  // namespace orderflow::telemetry
