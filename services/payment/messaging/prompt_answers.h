#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <set>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "services/payment/domain/provider_call.h"

namespace orderflow::payment {

// Answers of the provider that come soon enough to be written together with what was asked: calls
// are handed over and their outcomes waited for, but not longer than `wait_max`. An outcome that
// nobody waits for, or not any more, goes to `others`.
//
// A provider that is slow or silent costs little. Stragglers are waited for only twice as long
// again as the first half of the answers took, which is enough for calls that are made one after
// the other. And after three rounds in a row in which fewer than half came in time asking is not
// worth while for twenty times `wait_max`; then one round finds out again. Never is it with a
// `wait_max` of zero.
class PromptAnswers {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;
  using OnOutcome = std::function<void(CallOutcome)>;

  // `others` must be threadsafe and must not block.
  PromptAnswers(CallSink& calls, Duration wait_max, OnOutcome others)
      : calls_(calls), wait_max_(wait_max), others_(std::move(others)) {}

  // Of the thread that asks.
  bool IsWorthWhile(SteadyTime now = std::chrono::steady_clock::now()) const {
    return wait_max_ > Duration::zero() && now >= silent_until_;
  }

  // Has the calls made and returns the outcomes that came in time. Those that come later, those of
  // the caller's own tries included, go to `others`. By one thread.
  std::vector<CallOutcome> Ask(std::vector<ProviderCall> calls);

  // Told of every outcome. Threadsafe, does not block.
  void Submit(CallOutcome outcome);

 private:
  void Learn(bool prompt);

  CallSink& calls_;
  const Duration wait_max_;
  const OnOutcome others_;
  // Of the thread that asks.
  int silent_rounds_ = 0;  // in a row
  SteadyTime silent_until_;

  Mutex mutex_;
  ConditionVariable answered_;
  size_t half_ ABSL_GUARDED_BY(mutex_) = 0;  // so many are still awaited when half have come
  std::set<OperationKey> awaited_ ABSL_GUARDED_BY(mutex_);
  std::vector<CallOutcome> answers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::payment
