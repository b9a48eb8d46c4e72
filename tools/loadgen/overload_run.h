#pragma once

#include <chrono>
#include <cstdint>

#include "absl/status/status.h"
#include "tools/loadgen/load_run.h"
#include "tools/loadgen/overload_report.h"

namespace orderflow::loadgen {

struct OverloadOptions {
  LoadOptions load;             // its rate is the one that is kept up
  double factor = 10;           // times that rate is offered in the overload
  double recovery_share = 0.5;  // of that rate afterwards
  std::chrono::seconds peak{20};
  std::chrono::seconds overload{60};
  std::chrono::seconds recovery{20};
  int server_pid = 0;  // whose memory is watched; 0: nobody's
};

struct OverloadResult {
  OverloadReport report;
  // Highest in the second half of the overload, as a multiple of the highest in its first half.
  double rss_growth = 0;
  int64_t rss_mib = 0;  // highest of all
  SendResult sent;
};

// Sends orders in one go: at the rate, at a multiple of it, and at less again.
absl::StatusOr<OverloadResult> RunOverload(const OverloadOptions& options);

}  // namespace orderflow::loadgen
