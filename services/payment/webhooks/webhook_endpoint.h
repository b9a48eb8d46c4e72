#pragma once

#include <string>

#include "libs/service/http_server.h"
#include "services/payment/webhooks/webhook_receiver.h"

namespace orderflow::payment {

// Where the provider posts its webhooks.
inline constexpr char kWebhookPath[] = "/webhooks/provider";

// The public HTTP port for webhooks: POST /webhooks/provider, and nothing else. Answers as
// WebhookResult says, with the result's name as the body of a refusal, and as HttpServer does for
// what never reaches the receiver. Bodies up to 64 KiB.
class WebhookEndpoint {
 public:
  explicit WebhookEndpoint(WebhookReceiver& receiver);

  // As HttpServer.
  absl::Status Start(const std::string& address) { return http_.Start(address); }
  int port() const { return http_.port(); }
  void Stop() { http_.Stop(); }

 private:
  service::HttpServer http_;
};

}  // namespace orderflow::payment
