#pragma once

#include <cstdint>
#include <unordered_map>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/base/strong_id.h"

namespace orderflow::order {

// The orders that this process has accepted and that are not at rest yet: how far the sagas are
// behind. Other replicas' orders do not count. Threadsafe.
//
// Bounded in memory: an order is remembered for one to two minutes, and of two generations only
// so many. What takes longer than that, as in an outage, is nobody's backlog any more.
class OrderBacklog {
 public:
  // Orders that took longer than `late` from acceptance to rest are counted as late, too.
  OrderBacklog(const Clock& clock, Duration late) : clock_(clock), late_(late) {}

  void Accepted(const OrderId& order_id);
  void AtRest(const OrderId& order_id);

  // Since the start; `waiting` is now.
  struct Counts {
    int64_t accepted = 0;
    int64_t finished = 0;
    int64_t finished_late = 0;
    int64_t waiting = 0;
  };
  Counts counts() const;

 private:
  using Generation = std::unordered_map<size_t, Timestamp>;  // by hash of the order's id

  void ForgetOld(Timestamp now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Clock& clock_;
  const Duration late_;
  mutable Mutex mutex_;
  Generation current_ ABSL_GUARDED_BY(mutex_);
  Generation previous_ ABSL_GUARDED_BY(mutex_);
  Timestamp current_start_ ABSL_GUARDED_BY(mutex_);
  Counts counts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::order
