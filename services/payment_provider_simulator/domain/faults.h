#pragma once

#include <chrono>
#include <random>

#include "absl/status/status.h"
#include "libs/base/clock.h"
#include "libs/base/errors.h"
#include "libs/base/mutex.h"

namespace orderflow::payment_provider_simulator {

// Faults of the whole process; each is drawn independently for every merchant call.
struct Faults {
  double fail_before_effect = 0;      // probability of UNAVAILABLE before any effect
  double refused_before_effect = 0;   // the same of RESOURCE_EXHAUSTED: too many calls
  double no_answer_after_effect = 0;  // probability that a call takes effect and is never answered
  Duration delay{0};                  // added to each answer
  // Of webhooks, drawn for each message.
  double webhook_lost = 0;        // probability that it is never sent
  double webhook_doubled = 0;     // probability that it is sent twice
  double webhook_forged = 0;      // probability that it is signed with somebody else's secret
  Duration webhook_delay_max{0};  // each is sent up to so much later, evenly spread: out of order
};

// What a call is answered that fails by fault or by its token.
inline absl::Status FaultError() {
  return TypedError(absl::StatusCode::kUnavailable,
                    "a fault was asked for: nothing was done; try again", "FAULT_ASKED_FOR");
}

inline constexpr std::chrono::milliseconds kRefusedRetryDelay{200};  // asked of a refused caller

// What the faults do to one call.
struct FaultDraw {
  absl::Status error;  // instead of any effect; OK: none
  bool silent = false;
  Duration delay{0};
};

// What the faults do to one webhook.
struct WebhookFaultDraw {
  bool lost = false;
  bool doubled = false;
  bool forged = false;
  Duration delay{0};
};

// Holds the fault settings and draws from them. Threadsafe.
class FaultInjector {
 public:
  explicit FaultInjector(uint64_t seed) : random_(seed) {}

  void Set(const Faults& faults) {
    MutexLock lock(mutex_);
    faults_ = faults;
  }
  Faults Get() const {
    MutexLock lock(mutex_);
    return faults_;
  }
  FaultDraw Draw() {
    MutexLock lock(mutex_);
    std::uniform_real_distribution<double> random01(0, 1);
    FaultDraw draw;
    if (random01(random_) < faults_.fail_before_effect) {
      draw.error = FaultError();
    } else if (random01(random_) < faults_.refused_before_effect) {
      draw.error = Overloaded("a fault was asked for: nothing was done; try again later",
                              kRefusedRetryDelay);
    }
    draw.silent = random01(random_) < faults_.no_answer_after_effect;
    draw.delay = faults_.delay;
    return draw;
  }
  WebhookFaultDraw DrawWebhook() {
    MutexLock lock(mutex_);
    std::uniform_real_distribution<double> random01(0, 1);
    WebhookFaultDraw draw;
    draw.lost = random01(random_) < faults_.webhook_lost;
    draw.doubled = random01(random_) < faults_.webhook_doubled;
    draw.forged = random01(random_) < faults_.webhook_forged;
    draw.delay = Duration(static_cast<Duration::rep>(
        random01(random_) * static_cast<double>(faults_.webhook_delay_max.count())));
    return draw;
  }

 private:
  mutable Mutex mutex_;
  Faults faults_ ABSL_GUARDED_BY(mutex_);
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::payment_provider_simulator
