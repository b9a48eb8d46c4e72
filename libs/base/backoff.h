#pragma once

#include <algorithm>
#include <cstdint>

#include "libs/base/clock.h"

namespace orderflow {

// Exponential backoff with full jitter (AWS Builders' Library, "Timeouts, retries and backoff").
struct BackoffPolicy {
  Duration initial{std::chrono::milliseconds(50)};
  Duration max{std::chrono::seconds(5)};
};

// Delay before try number `attempt` + 1, `attempt` from 1; `random01` in [0, 1) spreads it over
// (0, cap], cap = min(max, initial * 2^(attempt - 1)). Pure.
inline Duration BackoffDelay(const BackoffPolicy& policy, int attempt, double random01) {
  const int doublings = std::clamp(attempt - 1, 0, 30);
  const int64_t cap = std::min(policy.max.count(), policy.initial.count() << doublings);
  return Duration(std::max<int64_t>(1, static_cast<int64_t>(static_cast<double>(cap) * random01)));
}

}  // namespace orderflow
