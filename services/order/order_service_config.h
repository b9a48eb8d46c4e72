#pragma once

#include <cstddef>
#include <string>

namespace orderflow::config {
class Settings;
}

namespace orderflow::order {

// The settings that only order-service has.
struct OrderServiceConfig {
  std::string inventory_address;
  size_t accept_batch_max = 0;
  size_t accept_queue_max = 0;
  int accept_workers = 0;
  size_t watchers_max = 0;
  int topic_partitions = 0;
  int topic_replication = 0;
};

OrderServiceConfig DeclareOrderService(config::Settings& settings);

}  // namespace orderflow::order
