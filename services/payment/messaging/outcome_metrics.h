#pragma once

#include <map>
#include <span>
#include <utility>

#include "services/payment/domain/provider_call.h"

namespace orderflow::telemetry {
class Counter;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

// Counts outcomes of provider calls that are stored, and says when some are not known. Threadsafe.
class OutcomeMetrics {
 public:
  explicit OutcomeMetrics(telemetry::Metrics& metrics);

  void Count(std::span<const CallOutcome> outcomes);

 private:
  std::map<std::pair<OperationKind, Verdict>, telemetry::Counter*> counters_;
};

}  // namespace orderflow::payment
