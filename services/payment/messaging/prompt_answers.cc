#include "services/payment/messaging/prompt_answers.h"

#include <utility>

namespace orderflow::payment {
namespace {

constexpr int kSilentRoundsMax = 3;
constexpr int kPauseInWaits = 20;  // a silent provider costs a twentieth of the time

}  // namespace

std::vector<CallOutcome> PromptAnswers::Ask(std::vector<ProviderCall> calls) {
  const SteadyTime end = std::chrono::steady_clock::now() + wait_max_;
  {
    MutexLock lock(mutex_);
    for (const ProviderCall& call : calls) {
      awaited_.insert({call.order_id, call.kind});
    }
  }
  calls_.Submit(std::move(calls));
  MutexLock lock(mutex_);
  all_answered_.wait_until(mutex_, end,
                           [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return awaited_.empty(); });
  awaited_.clear();
  Learn(!answers_.empty());
  return std::exchange(answers_, {});
}

void PromptAnswers::Submit(CallOutcome outcome) {
  {
    MutexLock lock(mutex_);
    if (awaited_.erase({outcome.order_id, outcome.kind}) > 0) {
      answers_.push_back(std::move(outcome));
      if (awaited_.empty()) {
        all_answered_.notify_one();
      }
      return;
    }
  }
  others_(std::move(outcome));
}

void PromptAnswers::Learn(bool any_answer) {
  silent_rounds_ = any_answer ? 0 : silent_rounds_ + 1;
  if (silent_rounds_ >= kSilentRoundsMax) {
    silent_until_ = std::chrono::steady_clock::now() + kPauseInWaits * wait_max_;
  }
}

}  // namespace orderflow::payment
