#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"

namespace orderflow::telemetry {
class Metrics;
}

namespace orderflow::rpc {

// Bounds how many streams each customer has open. Holds no memory for who has none. Threadsafe.
class CustomerStreams {
 public:
  // Given back when it goes.
  using Place = std::shared_ptr<void>;

  // `max` of 0: any number. Metric: orderflow_rpc_limited_streams_total.
  CustomerStreams(telemetry::Metrics& metrics, int max);

  // kResourceExhausted with RetryInfo for a customer that has `max` open. All others get in.
  absl::StatusOr<Place> Enter(const Caller& caller);

 private:
  struct State;
  std::shared_ptr<State> state_;  // a stream may outlive us; null: any number
};

}  // namespace orderflow::rpc
