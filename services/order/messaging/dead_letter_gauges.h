#pragma once

#include <map>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "services/order/domain/dead_letter_ports.h"

namespace orderflow::telemetry {
class Gauge;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::order {

// Keeps the metric orderflow_order_open_dead_letters, by queue: what the queues hold, less what was
// settled; too low for a queue that was made anew, but never below 0. Every orchestrator says the
// same.
class DeadLetterGauges {
 public:
  DeadLetterGauges(DeadLetterLog& log, DeadLetterSettler& settler, telemetry::Metrics& metrics);

  // Returns soon after stop is requested.
  void Run(std::stop_token stop);

  // Brings the gauges up to date. kUnavailable: they stay as they were.
  absl::Status Update();

 private:
  DeadLetterLog& log_;
  DeadLetterSettler& settler_;
  std::map<std::string, telemetry::Gauge*> open_;  // constant after construction
};

}  // namespace orderflow::order
