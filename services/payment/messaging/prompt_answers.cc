#include "services/payment/messaging/prompt_answers.h"

#include <algorithm>
#include <utility>

namespace orderflow::payment {
namespace {

constexpr int kSilentRoundsMax = 3;
constexpr int kPauseInWaits = 20;  // a silent provider costs a twentieth of the time
// Stragglers get at least this, however quick the first half was.
constexpr std::chrono::steady_clock::duration kStragglers = std::chrono::milliseconds(10);

}  // namespace

std::vector<CallOutcome> PromptAnswers::Ask(std::vector<ProviderCall> calls) {
  const SteadyTime start = std::chrono::steady_clock::now();
  const SteadyTime end = start + wait_max_;
  size_t asked = 0;
  {
    MutexLock lock(mutex_);
    for (const ProviderCall& call : calls) {
      awaited_.insert({call.order_id, call.kind});
    }
    asked = awaited_.size();
    half_ = asked / 2;
  }
  calls_.Submit(std::move(calls));
  MutexLock lock(mutex_);
  answered_.wait_until(
      mutex_, end, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return awaited_.size() <= half_; });
  const SteadyTime half_time = std::chrono::steady_clock::now();
  answered_.wait_until(mutex_,
                       std::min(end, half_time + std::max(2 * (half_time - start), kStragglers)),
                       [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return awaited_.empty(); });
  awaited_.clear();
  Learn(2 * answers_.size() >= asked);
  return std::exchange(answers_, {});
}

void PromptAnswers::Submit(CallOutcome outcome) {
  {
    MutexLock lock(mutex_);
    if (awaited_.erase({outcome.order_id, outcome.kind}) > 0) {
      answers_.push_back(std::move(outcome));
      if (awaited_.size() == half_ || awaited_.empty()) {
        answered_.notify_one();
      }
      return;
    }
  }
  others_(std::move(outcome));
}

void PromptAnswers::Learn(bool prompt) {
  silent_rounds_ = prompt ? 0 : silent_rounds_ + 1;
  if (silent_rounds_ >= kSilentRoundsMax) {
    silent_until_ = std::chrono::steady_clock::now() + kPauseInWaits * wait_max_;
  }
}

}  // namespace orderflow::payment
