#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "libs/base/batch_pace.h"

namespace orderflow::config {
class Settings;
}

namespace orderflow::order {

// The settings that only order-service has.
struct OrderServiceConfig {
  std::string inventory_address;
  size_t accept_batch_max = 0;
  BatchPace batch_pace{};
  int accept_workers = 0;
  int admission_limit_initial = 0;
  int admission_limit_min = 0;
  int admission_limit_max = 0;
  std::chrono::milliseconds admission_wait_target{};
  std::chrono::milliseconds admission_work_target{};
  size_t watchers_max = 0;
  int watches_per_customer_max = 0;
  int topic_partitions = 0;
  int topic_replication = 0;
};

OrderServiceConfig DeclareOrderService(config::Settings& settings);

}  // namespace orderflow::order
