#pragma once

#include <memory>
#include <string>

#include "libs/base/clock.h"
#include "services/payment_provider_simulator/webhooks/webhook_transport.h"

namespace orderflow::payment_provider_simulator {

struct HttpWebhookOptions {
  std::string url;  // http:// or https://
  Duration connect_timeout{std::chrono::seconds(1)};
  Duration timeout{std::chrono::seconds(3)};  // of one try, connecting included
};

// Posts webhooks with libcurl. Follows no redirects and uses no proxy. Not threadsafe.
class HttpWebhookTransport final : public WebhookTransport {
 public:
  explicit HttpWebhookTransport(HttpWebhookOptions options);
  ~HttpWebhookTransport() override;

  WebhookReceipt Post(const webhooks::WebhookHeaders& headers, std::string_view body) override;

 private:
  struct Connection;

  const HttpWebhookOptions options_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace orderflow::payment_provider_simulator
