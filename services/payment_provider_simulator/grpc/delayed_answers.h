#pragma once

#include <functional>
#include <map>
#include <stop_token>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"

namespace orderflow::payment_provider_simulator {

// Runs actions after a delay, without a thread for each of them. Threadsafe; one thread runs Run().
class DelayedAnswers {
 public:
  // At once, in the caller's thread, when there is no delay. After Run() has ended: at once too, so
  // that no answer is lost.
  void RunAfter(Duration delay, std::function<void()> action);

  // Runs actions when their time has come, until stop is requested; then runs those that are left.
  void Run(std::stop_token stop);

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  std::multimap<std::chrono::steady_clock::time_point, std::function<void()>> actions_
      ABSL_GUARDED_BY(mutex_);
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::payment_provider_simulator
