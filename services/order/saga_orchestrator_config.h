#pragma once

#include <cstddef>
#include <string>

#include "libs/base/batch_pace.h"
#include "libs/base/clock.h"

namespace orderflow::config {
class Settings;
}

namespace orderflow::order {

// The settings that only saga-orchestrator has.
struct SagaOrchestratorConfig {
  std::string payment_address;
  size_t reply_batch_max = 0;
  BatchPace batch_pace{};
  int reply_consumers = 0;
  size_t kept_aggregates_max = 0;
  Duration timer_interval{0};
};

SagaOrchestratorConfig DeclareSagaOrchestrator(config::Settings& settings);

}  // namespace orderflow::order
