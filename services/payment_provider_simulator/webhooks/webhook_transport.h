#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "libs/webhooks/standard_webhook.h"

namespace orderflow::payment_provider_simulator {

// What became of one try.
struct WebhookReceipt {
  int status = 0;  // of HTTP; 0: no answer
  std::optional<std::chrono::seconds> retry_after{};
};

// Carries a webhook to the merchant (port). Blocks for a bounded time. Not threadsafe: one for each
// thread.
class WebhookTransport {
 public:
  virtual ~WebhookTransport() = default;
  virtual WebhookReceipt Post(const webhooks::WebhookHeaders& headers, std::string_view body) = 0;
};

}  // namespace orderflow::payment_provider_simulator
