#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/base/batch_pace.h"
#include "libs/base/clock.h"
#include "libs/webhooks/signing_secret.h"

namespace orderflow::config {
class Settings;
}

namespace orderflow::payment {

// The settings that only payment-service has.
struct PaymentServiceConfig {
  std::string provider_address;
  std::string provider_authorities_file;  // empty: the provider is one of our own processes
  size_t consumers = 0;
  size_t command_batch_max = 0;
  BatchPace batch_pace{};
  size_t provider_parallel_max = 0;
  size_t provider_waiting_max = 0;
  Duration provider_timeout{0};
  Duration call_lease{0};
  Duration answer_wait{0};
  Duration resolve_interval{0};
  Duration resolve_backoff_max{0};
  int64_t unknown_operations_max = 0;
  Duration reconcile_interval{0};
  Duration reconcile_settle_time{0};
  Duration orphan_hold_age{0};
  std::string webhook_listen;
  std::vector<webhooks::SigningSecret> webhook_secrets;  // empty: webhooks are off
  size_t webhook_waiting_max = 0;
  Duration webhook_grace{0};
};

PaymentServiceConfig DeclarePaymentService(config::Settings& settings);

}  // namespace orderflow::payment
