#include "libs/rpc/rate_limit.h"

#include <algorithm>

namespace orderflow::rpc {

RateLimit::RateLimit(RateLimitOptions options)
    : options_(options),
      interval_(options.per_second > 0 ? Duration(std::chrono::seconds(1)) / options.per_second
                                       : Duration::zero()),
      tolerance_(interval_ * std::max(options.burst - 1, 0)) {}

Duration RateLimit::Take(const std::string& customer, Timestamp now) {
  if (options_.per_second <= 0) {
    return Duration::zero();
  }
  MutexLock lock(mutex_);
  if (due_.size() >= options_.customers_max) {
    MakeRoom(now);
  }
  Timestamp& due = due_.try_emplace(customer, now).first->second;
  // Never further ahead than a full burst, also when the clock was put back.
  due = std::clamp(due, now, now + tolerance_ + interval_);
  if (due > now + tolerance_) {
    return due - (now + tolerance_);
  }
  due += interval_;
  return Duration::zero();
}

size_t RateLimit::remembered() const {
  MutexLock lock(mutex_);
  return due_.size();
}

void RateLimit::MakeRoom(Timestamp now) {
  std::erase_if(due_, [now](const auto& entry) { return entry.second <= now; });
  if (due_.size() >= options_.customers_max) {
    due_.clear();
  }
}

}  // namespace orderflow::rpc
