#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "libs/webhooks/signing_secret.h"
#include "services/payment_provider_simulator/webhooks/webhook_sender.h"

namespace orderflow::config {
class Settings;
}

namespace orderflow::payment_provider_simulator {

// The settings that only payment-provider-simulator has.
struct PaymentProviderSimulatorConfig {
  size_t batch_max = 0;
  std::string webhook_url;  // empty: no webhooks are sent
  std::optional<webhooks::SigningSecret> webhook_secret;
  WebhookScope webhook_scope = WebhookScope::kUnanswered;
};

PaymentProviderSimulatorConfig DeclarePaymentProviderSimulator(config::Settings& settings);

}  // namespace orderflow::payment_provider_simulator
