#pragma once

#include "absl/status/status.h"
#include "libs/base/clock.h"

namespace orderflow::auth {
class KeyRing;
}

namespace orderflow::telemetry {
class Gauge;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::service {

// Reads the keys of the identity provider and tells how old those are that count: keys that can no
// longer be read go on counting, so a key that was withdrawn would, too. For one thread.
class KeyReader {
 public:
  // All must outlive it. Metric: orderflow_auth_keys_read_timestamp_seconds.
  KeyReader(auth::KeyRing& keys, const Clock& clock, telemetry::Metrics& metrics);

  // Before the first keys; says why they could not be read.
  absl::Status Read();

  // Later on: a failure is logged with the age of the keys that go on counting.
  void ReadAgain();

 private:
  auth::KeyRing& keys_;
  const Clock& clock_;
  telemetry::Gauge& read_time_;  // 0: no token is verified here, or none can be yet
  Timestamp read_at_{};
};

}  // namespace orderflow::service
