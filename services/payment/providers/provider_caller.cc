#include "services/payment/providers/provider_caller.h"

#include <chrono>
#include <utility>

#include "libs/base/crash_point.h"
#include "libs/base/planted_bug.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::payment {

ProviderCaller::ProviderCaller(Provider& provider, telemetry::Metrics& metrics,
                               ProviderCallerOptions options, OnOutcome on_outcome)
    : provider_(provider),
      options_(options),
      on_outcome_(std::move(on_outcome)),
      dropped_(
          metrics.AddCounter("orderflow_payment_dropped_calls_total",
                             "Provider calls left to the resolver: no room, or waited too long.")),
      hints_right_(metrics.AddCounter("orderflow_payment_hint_answers_total",
                                      "What the provider answered when a hint made us ask.",
                                      {{"answer", "outcome"}})),
      hints_wrong_(metrics.AddCounter("orderflow_payment_hint_answers_total",
                                      "What the provider answered when a hint made us ask.",
                                      {{"answer", "nothing"}})),
      waiting_gauge_(metrics.AddGauge("orderflow_payment_waiting_calls",
                                      "Provider calls that wait for their turn.")) {}

void ProviderCaller::Submit(std::vector<ProviderCall> calls) {
  size_t dropped = 0;
  {
    MutexLock lock(mutex_);
    for (ProviderCall& call : calls) {
      if (stopped_ || waiting_.size() >= options_.waiting_max) {
        ++dropped;
      } else {
        waiting_.push_back(std::move(call));
      }
    }
  }
  dropped_.Increment(static_cast<double>(dropped));
  StartWaiting();
}

size_t ProviderCaller::Room() const {
  MutexLock lock(mutex_);
  return stopped_ ? 0 : options_.waiting_max - waiting_.size();
}

size_t ProviderCaller::load() const {
  MutexLock lock(mutex_);
  return waiting_.size() + under_way_;
}

void ProviderCaller::Stop() {
  MutexLock lock(mutex_);
  stopped_ = true;
  waiting_.clear();
  idle_.wait(mutex_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return under_way_ == 0; });
}

void ProviderCaller::StartWaiting() {
  std::vector<ProviderCall> to_find, to_send;
  ProviderCall call;
  while (TakeSlot(call)) {
    (FirstQuestion(call) == Question::kFind ? to_find : to_send).push_back(std::move(call));
  }
  Ask(std::move(to_find), Question::kFind);
  Ask(std::move(to_send), Question::kSend);
}

bool ProviderCaller::PopWaiting(ProviderCall& call) {
  const auto now = std::chrono::steady_clock::now();
  while (!waiting_.empty()) {
    call = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_gauge_.Set(static_cast<double>(waiting_.size()));
    if (!IsTooLate(call, now) || IsPlanted(PlantedBug::kCallAfterItsLease)) {
      return true;
    }
    dropped_.Increment();
  }
  return false;
}

bool ProviderCaller::TakeSlot(ProviderCall& call) {
  MutexLock lock(mutex_);
  if (stopped_ || under_way_ >= options_.parallel_max || !PopWaiting(call)) {
    return false;
  }
  ++under_way_;
  return true;
}

bool ProviderCaller::PassSlotOn(ProviderCall& call) {
  MutexLock lock(mutex_);
  if (PopWaiting(call)) {
    return true;
  }
  --under_way_;
  if (under_way_ == 0) {
    idle_.notify_all();  // under the lock: Stop may return, and this object go, once it is released
  }
  return false;
}

void ProviderCaller::Ask(std::vector<ProviderCall> calls, Question question) {
  if (calls.empty()) {
    return;
  }
  CRASH_POINT("payment.before_call");
  std::vector<Provider::Sending> sendings;
  for (ProviderCall& call : calls) {
    auto done = [this, call, question](const absl::StatusOr<ProviderAnswer>& answer) {
      OnAnswer(call, question, answer);
    };
    if (question == Question::kFind) {
      provider_.Find(call, std::move(done));
    } else {
      sendings.push_back({std::move(call), std::move(done)});
    }
  }
  if (!sendings.empty()) {
    provider_.Send(std::move(sendings));
  }
}

void ProviderCaller::OnAnswer(const ProviderCall& call, Question asked,
                              const absl::StatusOr<ProviderAnswer>& answer) {
  CRASH_POINT("payment.after_call");
  if (const auto question = NextQuestion(call, asked, answer)) {
    Ask({call}, *question);
    return;
  }
  CallOutcome outcome = Judge(call, asked, answer);
  const bool conclusive = outcome.verdict != Verdict::kInconclusive;
  if (call.ask_only) {
    (conclusive ? hints_right_ : hints_wrong_).Increment();
  }
  if (IsToBeStored(call, outcome)) {
    on_outcome_(std::move(outcome));
  }
  ProviderCall next;
  if (PassSlotOn(next)) {
    Ask({next}, FirstQuestion(next));
  }
}

}  // namespace orderflow::payment
