#include "services/payment/config.h"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/config/settings.h"
#include "libs/service/batch_pace_config.h"

namespace orderflow::payment {

namespace {

void DeclareWebhooks(config::Settings& settings, PaymentServiceConfig& config) {
  using std::chrono::milliseconds;
  config.webhook_listen = settings.Address(
      "ORDERFLOW_PAYMENT_WEBHOOK_LISTEN",
      "Where the payment provider's webhooks are received (POST /webhooks/provider, no TLS: put an "
      "edge in front); port 0 picks a free one.",
      "127.0.0.1:15057");
  const std::string secrets = settings.Secret(
      "ORDERFLOW_PAYMENT_WEBHOOK_SECRETS",
      "Secrets that the provider signs its webhooks with: whsec_ and base64, up to four separated "
      "by spaces while one is replaced. Empty: no webhooks are received.",
      "");
  if (!secrets.empty()) {
    absl::StatusOr<std::vector<webhooks::SigningSecret>> parsed =
        webhooks::ParseSigningSecrets(secrets);
    settings.Require(parsed.ok(), "ORDERFLOW_PAYMENT_WEBHOOK_SECRETS: " + Message(parsed.status()));
    if (parsed.ok()) {
      config.webhook_secrets = *std::move(parsed);
    }
  }
  config.webhook_waiting_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PAYMENT_WEBHOOK_WAITING_MAX",
      "Webhooks that may wait; beyond it the provider is asked to come again.", 8192, 1, 100000));
  config.webhook_grace = settings.Milliseconds(
      "ORDERFLOW_PAYMENT_WEBHOOK_GRACE_MS",
      "How long an operation may still be answered the ordinary way before its webhook has the "
      "provider asked.",
      milliseconds(100), milliseconds(0), milliseconds(10000));
}

void DeclareReconciliation(config::Settings& settings, PaymentServiceConfig& config) {
  using std::chrono::milliseconds;
  config.reconcile_interval = settings.Milliseconds(
      "ORDERFLOW_PAYMENT_RECONCILE_INTERVAL_MS",
      "Time from a complete comparison with the provider's books to the next; it reads all of "
      "both.",
      milliseconds(900000), milliseconds(100), milliseconds(86400000));
  config.reconcile_settle_time = settings.Milliseconds(
      "ORDERFLOW_PAYMENT_RECONCILE_SETTLE_MS",
      "A payment that either side has changed more recently is under way, not different; keep it "
      "above the difference of the clocks.",
      milliseconds(60000), milliseconds(1000), milliseconds(86400000));
  config.orphan_hold_age = settings.Milliseconds(
      "ORDERFLOW_PAYMENT_ORPHAN_HOLD_AGE_MS",
      "How long a hold at the provider that nobody here wants may stand before it is voided; keep "
      "it above the time until the commands of a process that died are taken up by another. A hold "
      "may stand before its payment is stored, so it is never taken for unwanted at once.",
      milliseconds(900000), milliseconds(60000), milliseconds(604800000));
}

}  // namespace

PaymentServiceConfig DeclarePaymentService(config::Settings& settings) {
  using std::chrono::milliseconds;
  PaymentServiceConfig config;
  config.provider_address = settings.Address(
      "ORDERFLOW_PROVIDER_ADDRESS", "Where the payment provider answers.", "127.0.0.1:15056");
  config.provider_authorities_file = settings.String(
      "ORDERFLOW_PROVIDER_TLS_AUTHORITIES_FILE",
      "PEM file of the authorities that may sign the payment provider's certificate, which must "
      "name the host of ORDERFLOW_PROVIDER_ADDRESS: it is called with TLS and shown no certificate "
      "of ours. Empty: the provider is a process of this deployment, called as all of them are "
      "(ORDERFLOW_TLS_*).",
      "");
  config.consumers = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PAYMENT_CONSUMERS",
      "Threads that consume payment.commands, each with its own partitions: one works while "
      "another waits for the provider.",
      2, 1, 6));
  config.command_batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PAYMENT_BATCH_MAX",
      "Most commands, and most call outcomes, in one transaction; 1 turns batching off.", 256, 1,
      2048));
  config.batch_pace = service::DeclareBatchPace(settings);
  config.provider_parallel_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PROVIDER_CALLS_MAX", "Calls to the provider at the same time.", 256, 1, 1024));
  config.provider_waiting_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_PROVIDER_WAITING_MAX",
      "Calls that may wait for their turn; while there is no room, commands wait in Kafka.", 4096,
      2048, 100000));
  settings.Require(
      config.provider_waiting_max >= config.consumers * config.command_batch_max,
      "ORDERFLOW_PROVIDER_WAITING_MAX must be at least ORDERFLOW_PAYMENT_CONSUMERS times "
      "ORDERFLOW_PAYMENT_BATCH_MAX: there must be room for a batch of each");
  config.provider_timeout = settings.Milliseconds(
      "ORDERFLOW_PROVIDER_TIMEOUT_MS",
      "Deadline of one call to the provider, and of a stream of operations, each of which has at "
      "least three quarters of it; after it the outcome is unknown, not failed.",
      milliseconds(3000), milliseconds(50), milliseconds(30000));
  config.call_lease =
      settings.Milliseconds("ORDERFLOW_PROVIDER_CALL_LEASE_MS",
                            "How long an operation belongs to the process that stored or claimed "
                            "it; keep it above four timeouts.",
                            milliseconds(15000), milliseconds(200), milliseconds(300000));
  settings.Require(config.call_lease >= 4 * config.provider_timeout,
                   "ORDERFLOW_PROVIDER_CALL_LEASE_MS must be at least four times "
                   "ORDERFLOW_PROVIDER_TIMEOUT_MS: an operation must not be taken over during its "
                   "call");
  config.answer_wait = settings.Milliseconds(
      "ORDERFLOW_PAYMENT_ANSWER_WAIT_MS",
      "How long, at most, a batch of commands waits for the provider's answers, which are then "
      "written with it; stragglers three times as long as half of the answers took. What has none "
      "by then is written as an intent, and its answer behind it. 0: always so.",
      milliseconds(250), milliseconds(0), milliseconds(1000));
  config.resolve_interval =
      settings.Milliseconds("ORDERFLOW_PAYMENT_RESOLVE_INTERVAL_MS",
                            "How often operations of unknown outcome are looked for.",
                            milliseconds(500), milliseconds(10), milliseconds(60000));
  config.resolve_backoff_max = settings.Milliseconds(
      "ORDERFLOW_PAYMENT_RESOLVE_BACKOFF_MAX_MS",
      "Longest pause before the provider is asked again about an operation of unknown outcome.",
      milliseconds(10000), milliseconds(200), milliseconds(3600000));
  config.unknown_operations_max =
      settings.Int("ORDERFLOW_PAYMENT_UNKNOWN_OPERATIONS_MAX",
                   "With more operations of unknown outcome than this, commands wait in Kafka.",
                   5000, 1, 1000000);
  DeclareReconciliation(settings, config);
  DeclareWebhooks(settings, config);
  return config;
}

}  // namespace orderflow::payment
