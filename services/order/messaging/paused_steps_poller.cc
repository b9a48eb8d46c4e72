#include "services/order/messaging/paused_steps_poller.h"

#include <string>
#include <utility>

#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"

namespace orderflow::order {

void PausedStepsPoller::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable never;
  bool failing = false;
  while (!stop.stop_requested()) {
    const absl::Status status = Poll();
    if (!status.ok() && !failing) {
      telemetry::LogWarning("paused steps cannot be read; trying on", {{"error", Message(status)}});
    }
    failing = !status.ok();
    MutexLock lock(mutex);
    never.wait_for(mutex, stop, kInterval, [] { return false; });
  }
}

absl::Status PausedStepsPoller::Poll() {
  ASSIGN_OR_RETURN(saga::PausedSteps paused, pauser_.Paused());
  if (on_paused_ != nullptr) {
    on_paused_(paused.size());
  }
  if (paused == paused_) {
    return absl::OkStatus();
  }
  std::string names;
  for (const auto& [step, since] : paused) {
    names += (names.empty() ? "" : ", ") + step.first + "." + step.second;
  }
  telemetry::LogInfo("other steps are paused in all sagas now", {{"steps", names}});
  paused_ = paused;
  workflow_.SetPausedSteps(std::move(paused));
  return absl::OkStatus();
}

}  // namespace orderflow::order
