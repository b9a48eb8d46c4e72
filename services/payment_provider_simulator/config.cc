#include "services/payment_provider_simulator/config.h"

#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/config/settings.h"

namespace orderflow::payment_provider_simulator {

namespace {

constexpr char kUnanswered[] = "unanswered";
constexpr char kAll[] = "all";

void DeclareWebhooks(config::Settings& settings, PaymentProviderSimulatorConfig& config) {
  config.webhook_url = settings.String(
      "ORDERFLOW_PROVIDER_WEBHOOK_URL",
      "http:// or https:// URL of the merchant for webhooks; empty: none are sent.", "");
  const std::string secret =
      settings.Secret("ORDERFLOW_PROVIDER_WEBHOOK_SECRET",
                      "What webhooks are signed with: whsec_ and base64 of 24 to 64 bytes.", "");
  config.webhook_scope =
      settings.OneOf("ORDERFLOW_PROVIDER_WEBHOOKS",
                     "Operations that webhooks are sent about: those whose call is never answered, "
                     "or all.",
                     kUnanswered, {kUnanswered, kAll}) == kAll
          ? WebhookScope::kAll
          : WebhookScope::kUnanswered;
  if (config.webhook_url.empty()) {
    return;
  }
  absl::StatusOr<webhooks::SigningSecret> parsed = webhooks::SigningSecret::Parse(secret);
  settings.Require(parsed.ok(), "ORDERFLOW_PROVIDER_WEBHOOK_SECRET: " + Message(parsed.status()));
  if (parsed.ok()) {
    config.webhook_secret = *std::move(parsed);
  }
}

}  // namespace

PaymentProviderSimulatorConfig DeclarePaymentProviderSimulator(config::Settings& settings) {
  PaymentProviderSimulatorConfig config;
  config.batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PROVIDER_BATCH_MAX",
      "Most calls booked in one transaction; 1 turns group commit off.", 256, 1, 2048));
  DeclareWebhooks(settings, config);
  return config;
}

}  // namespace orderflow::payment_provider_simulator
