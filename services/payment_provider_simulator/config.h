#pragma once

#include <cstddef>

namespace orderflow::config {
class Settings;
}

namespace orderflow::payment_provider_simulator {

// The settings that only payment-provider-simulator has.
struct PaymentProviderSimulatorConfig {
  size_t batch_max = 0;
};

PaymentProviderSimulatorConfig DeclarePaymentProviderSimulator(config::Settings& settings);

}  // namespace orderflow::payment_provider_simulator
