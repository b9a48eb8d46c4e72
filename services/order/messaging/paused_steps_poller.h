#pragma once

#include <functional>
#include <stop_token>
#include <utility>

#include "libs/base/clock.h"
#include "services/order/sagas/order_workflow.h"
#include "services/order/sagas/step_pauser.h"

namespace orderflow::order {

// Tells this process's workflow which steps are paused: every process that decides about sagas
// polls once before it decides anything, and then runs one. A pause made elsewhere is in force
// within kInterval; while the database does not answer, what was paused stays so.
class PausedStepsPoller {
 public:
  static constexpr Duration kInterval{std::chrono::seconds(1)};

  // `on_paused` hears how many steps are paused; null: nobody does.
  PausedStepsPoller(StepPauser& pauser, OrderWorkflow& workflow,
                    std::function<void(size_t)> on_paused = nullptr)
      : pauser_(pauser), workflow_(workflow), on_paused_(std::move(on_paused)) {}

  // Returns soon after stop is requested.
  void Run(std::stop_token stop);

  // Reads once. Errors as of StepPauser::Paused.
  absl::Status Poll();

 private:
  StepPauser& pauser_;
  OrderWorkflow& workflow_;
  const std::function<void(size_t)> on_paused_;
  saga::PausedSteps paused_;
};

}  // namespace orderflow::order
