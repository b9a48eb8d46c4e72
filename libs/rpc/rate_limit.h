#pragma once

#include <string>
#include <unordered_map>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"

namespace orderflow::rpc {

struct RateLimitOptions {
  int per_second = 0;             // calls of one customer in the long run; 0: any number
  int burst = 0;                  // of them at once
  size_t customers_max = 50'000;  // remembered at the same time
};

// Bounds how many calls each customer makes in a time. Remembers who has called lately and nobody
// else: when too many have, it forgets all of them, so memory is bounded and the worst is one more
// burst. Threadsafe.
class RateLimit {
 public:
  explicit RateLimit(RateLimitOptions options);

  // Zero when the call may go on; else it is not counted, and so much later one may.
  Duration Take(const std::string& customer, Timestamp now);

  size_t remembered() const;

 private:
  void MakeRoom(Timestamp now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const RateLimitOptions options_;
  const Duration interval_;   // between calls at the limit
  const Duration tolerance_;  // a burst ahead of that
  mutable Mutex mutex_;
  // When the customer's next call would be due at the limit (GCRA); one in the past says nothing.
  std::unordered_map<std::string, Timestamp> due_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::rpc
