#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace orderflow::config {
class Settings;
}

namespace orderflow::notification {

// The settings that only notification-service has.
struct Config {
  std::string smtp_url;
  std::string smtp_from;
  int mails_per_second_max = 0;
  int attempts_max = 0;
  std::chrono::milliseconds retry_delay{};
  std::chrono::milliseconds retry_delay_max{};
  size_t batch_max = 0;
};

Config Declare(config::Settings& settings);

}  // namespace orderflow::notification
