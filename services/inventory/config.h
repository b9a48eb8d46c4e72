#pragma once

#include <chrono>
#include <cstddef>

namespace orderflow::config {
class Settings;
}

namespace orderflow::inventory {

// The settings that only inventory-service has.
struct Config {
  size_t batch_max = 0;
  int rpc_threads = 0;
  int consumers = 0;
  std::chrono::milliseconds reservation_ttl{};
  std::chrono::milliseconds expiry_interval{};
};

Config Declare(config::Settings& settings);

}  // namespace orderflow::inventory
