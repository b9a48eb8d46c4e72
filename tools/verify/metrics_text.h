#pragma once

#include <string>

#include "libs/base/clock.h"
#include "tools/verify/verification.h"

namespace orderflow::verify {

// A finished run as Prometheus text: one gauge per promise. Pure.
std::string MetricsText(const VerificationResult& result, Timestamp end, Duration took);

// Those gauges as a Markdown table. Pure.
std::string MetricsTable();

}  // namespace orderflow::verify
