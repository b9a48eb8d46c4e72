#include "services/payment_provider_simulator/config.h"

#include "libs/config/settings.h"

namespace orderflow::payment_provider_simulator {

PaymentProviderSimulatorConfig DeclarePaymentProviderSimulator(config::Settings& settings) {
  PaymentProviderSimulatorConfig config;
  config.batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PROVIDER_BATCH_MAX",
      "Most calls booked in one transaction; 1 turns group commit off.", 256, 1, 2048));
  return config;
}

}  // namespace orderflow::payment_provider_simulator
