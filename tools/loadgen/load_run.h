#pragma once

#include <chrono>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "tools/loadgen/order_mix.h"
#include "tools/loadgen/order_sender.h"
#include "tools/loadgen/run_log.h"

namespace orderflow::loadgen {

struct LoadOptions {
  double rate = 100;  // orders per second
  std::chrono::seconds warmup{5};
  std::chrono::seconds measured{30};
  std::chrono::seconds drain_max{30};  // wait so long for orders under way at the end
  std::string kafka_bootstrap_servers;
  MixOptions mix;
  SenderOptions sender;
};

struct LoadResult {
  LoadReport report;
  double lag_max_ms = 0;
  std::map<std::string, int64_t> failures;
};

// Sends orders at a constant rate for warmup + measured and evaluates those of the measured window.
// kUnavailable: no broker to read order.events from.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options);

}  // namespace orderflow::loadgen
