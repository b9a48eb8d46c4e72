#pragma once

#include <cstddef>

#include "libs/base/batch_pace.h"
#include "libs/base/clock.h"

namespace orderflow::config {
class Settings;
}

namespace orderflow::inventory {

// The settings that only inventory-service has.
struct InventoryServiceConfig {
  size_t batch_max = 0;
  BatchPace batch_pace{};
  int rpc_threads = 0;
  int consumers = 0;
  Duration reservation_ttl{0};
  Duration expiry_interval{0};
};

InventoryServiceConfig DeclareInventoryService(config::Settings& settings);

}  // namespace orderflow::inventory
