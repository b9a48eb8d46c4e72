#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/messaging/kafka_security.h"
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
  messaging::KafkaSecurity kafka_security;
  MixOptions mix;
  SenderOptions sender;
};

struct SendResult {
  double lag_max_ms = 0;
  std::map<std::string, int64_t> failures;
  std::map<std::string, int64_t> repeats;
};

// Sends every order of `log` at its intended time, counted from a moment after the call, and waits
// until they have ended, drain_max at most. kUnavailable: no broker to read order.events from.
absl::StatusOr<SendResult> SendAll(const LoadOptions& options, std::vector<OrderLog>& log);

struct LoadResult {
  LoadReport report;
  SendResult sent;
};

// Sends orders at a constant rate for warmup + measured and evaluates those of the measured window.
// Errors are those of SendAll.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options);

}  // namespace orderflow::loadgen
