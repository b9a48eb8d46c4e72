#pragma once

#include <cstddef>
#include <string>

#include "libs/base/clock.h"

namespace orderflow::config {
class Settings;
}

namespace orderflow::notification {

// The settings that only notification-service has.
struct NotificationServiceConfig {
  std::string smtp_url;
  std::string smtp_from;
  int mails_per_second_max = 0;
  int attempts_max = 0;
  Duration retry_delay{0};
  Duration retry_delay_max{0};
  Duration abandoned_age{0};
  size_t batch_max = 0;
};

NotificationServiceConfig DeclareNotificationService(config::Settings& settings);

}  // namespace orderflow::notification
