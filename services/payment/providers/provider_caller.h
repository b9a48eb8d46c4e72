#pragma once

#include <deque>
#include <functional>
#include <vector>

#include "libs/base/mutex.h"
#include "services/payment/domain/provider_call.h"

namespace orderflow::telemetry {
class Counter;
class Gauge;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

struct ProviderCallerOptions {
  size_t parallel_max = 64;   // operations under way at the provider at the same time
  size_t waiting_max = 4096;  // calls that wait for their turn
};

// Carries out calls to the provider, at most so many at the same time; each outcome goes to
// `on_outcome`. Has no thread of its own: whoever submits or finishes a call starts the next one.
//
// Makes no second try: whatever stays open is the resolver's. A call whose lease has run out while
// it waited is dropped, because the resolver may have it by then. A hint's question has no outcome
// unless it is conclusive. Threadsafe, never blocks (but
// Stop).
class ProviderCaller final : public CallSink {
 public:
  using OnOutcome = std::function<void(CallOutcome)>;

  // `on_outcome` must be threadsafe and must not block.
  ProviderCaller(Provider& provider, telemetry::Metrics& metrics, ProviderCallerOptions options,
                 OnOutcome on_outcome);

  void Submit(std::vector<ProviderCall> calls) override;
  size_t Room() const override;

  // Calls that wait or are under way.
  size_t load() const;

  // Starts no more calls, drops those that wait, and returns when none is under way any more (each
  // has a deadline, so this is bounded).
  void Stop();

 private:
  void StartWaiting();
  // Takes the oldest call whose time has not run out.
  bool PopWaiting(ProviderCall& call) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool TakeSlot(ProviderCall& call);
  // Gives a finished call's slot to the next one, or frees it; nothing may be touched after false.
  bool PassSlotOn(ProviderCall& call);
  void Ask(std::vector<ProviderCall> calls, Question question);
  void OnAnswer(const ProviderCall& call, Question asked,
                const absl::StatusOr<ProviderAnswer>& answer);

  Provider& provider_;
  const ProviderCallerOptions options_;
  const OnOutcome on_outcome_;
  telemetry::Counter& dropped_;
  telemetry::Counter& hints_right_;
  telemetry::Counter& hints_wrong_;
  telemetry::Gauge& waiting_gauge_;
  mutable Mutex mutex_;
  ConditionVariable idle_;
  std::deque<ProviderCall> waiting_ ABSL_GUARDED_BY(mutex_);
  size_t under_way_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::payment
