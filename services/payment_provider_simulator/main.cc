// payment-provider-simulator: a stand-in for a card processor, with books of its own and faults
// that can be switched on. For development and tests.

#include <memory>
#include <random>
#include <string>

#include "libs/rpc/call_executor.h"
#include "libs/service/process.h"
#include "libs/service/standard_parts.h"
#include "libs/service/worker_threads.h"
#include "libs/telemetry/log.h"
#include "migrations/provider_migrations.h"
#include "services/payment_provider_simulator/config.h"
#include "services/payment_provider_simulator/domain/bookkeeper.h"
#include "services/payment_provider_simulator/grpc/delayed_answers.h"
#include "services/payment_provider_simulator/grpc/provider_control_service.h"
#include "services/payment_provider_simulator/grpc/provider_service.h"
#include "services/payment_provider_simulator/persistence/postgres_book_store.h"
#include "services/payment_provider_simulator/webhooks/http_webhook_transport.h"
#include "services/payment_provider_simulator/webhooks/webhook_sender.h"

namespace orderflow::payment_provider_simulator {
namespace {

constexpr char kName[] = "payment-provider-simulator";
constexpr int kWebhookThreads = 2;

std::unique_ptr<WebhookSender> MakeSender(const service::ProcessContext& context,
                                          const PaymentProviderSimulatorConfig& config,
                                          FaultInjector& faults) {
  if (!config.webhook_secret.has_value()) {
    return nullptr;
  }
  return std::make_unique<WebhookSender>(*config.webhook_secret, faults, context.clock,
                                         context.metrics,
                                         WebhookSenderOptions{.scope = config.webhook_scope});
}

// Everything that payment-provider-simulator is made of, in the order of construction.
struct PaymentProviderSimulatorParts {
  PaymentProviderSimulatorParts(const service::ProcessContext& context,
                                const PaymentProviderSimulatorConfig& config)
      : ids(context.clock),
        faults(std::random_device{}()),
        store(context.pool),
        webhooks(MakeSender(context, config, faults)),
        bookkeeper(store, faults, context.clock, ids, {.batch_max = config.batch_max},
                   webhooks.get()),
        executor(context.metrics, context.access,
                 {.threads = 2, .queue_max = 1024, .tracing = &context.call_tracing}),
        provider_service(bookkeeper, store, faults, delayed, executor),
        control_service(faults, executor) {}

  UuidV7Generator ids;
  FaultInjector faults;
  PostgresBookStore store;
  std::unique_ptr<WebhookSender> webhooks;  // null: none are sent
  Bookkeeper bookkeeper;
  DelayedAnswers delayed;
  rpc::CallExecutor executor;
  ProviderGrpcService provider_service;
  ProviderControlGrpcService control_service;
  service::WorkerThreads delay_thread;
  service::WorkerThreads booking_thread;
  service::WorkerThreads webhook_threads;
};

void StartWebhooks(PaymentProviderSimulatorParts& parts, const std::string& url) {
  if (parts.webhooks == nullptr) {
    telemetry::LogInfo("no webhooks are sent: ORDERFLOW_PROVIDER_WEBHOOK_URL is empty");
    return;
  }
  parts.webhook_threads.Start(kWebhookThreads, [&parts, url](const std::stop_token& stop) {
    HttpWebhookTransport transport({.url = url});
    parts.webhooks->Run(transport, stop);
  });
}

absl::StatusOr<service::Wiring> Wire(const service::ProcessContext& context,
                                     const PaymentProviderSimulatorConfig& config) {
  auto parts = std::make_shared<PaymentProviderSimulatorParts>(context, config);
  PaymentProviderSimulatorParts& p = *parts;
  return service::Wiring{
      .services = {&p.provider_service, &p.control_service},
      .parts = {{"webhooks",
                 [&p, url = config.webhook_url] {
                   StartWebhooks(p, url);
                   return absl::OkStatus();
                 },
                 [&p] { p.webhook_threads.StopAndJoin(); }},
                {"delayed answers",
                 [&p] {
                   p.delay_thread.Start(1, [&p](std::stop_token stop) { p.delayed.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] { p.delay_thread.StopAndJoin(); }},
                {"bookkeeper",
                 [&p] {
                   p.booking_thread.Start(1, [&p](std::stop_token) { p.bookkeeper.Run(); });
                   return absl::OkStatus();
                 },
                 [&p] {
                   p.bookkeeper.Close();
                   p.booking_thread.Join();
                 }},
                service::CallsPart(p.executor)},
      // Withheld answers are not waited for.
      .before_drain = [&p] { p.delay_thread.StopAndJoin(); },
      .owner = parts};
}

int Main(int argc, char** argv) {
  PaymentProviderSimulatorConfig own;
  return service::RunProcess(
      argc, argv,
      {.name = kName,
       .summary = "A stand-in for a card processor, with books of its own and switchable faults.",
       .grpc_listen_default = "127.0.0.1:15056",
       .admin_listen_default = "127.0.0.1:9106",
       .apis = {provider::v1::ProviderService::service_full_name(),
                provider::v1::ProviderControlService::service_full_name()},
       .uses_kafka = false,
       .migrations = {&migrations::ProviderMigrations()}},
      [&own](config::Settings& settings) { own = DeclarePaymentProviderSimulator(settings); },
      [&own](const service::ProcessContext& context) { return Wire(context, own); });
}

}  // namespace
}  // namespace orderflow::payment_provider_simulator

int main(int argc, char** argv) { return orderflow::payment_provider_simulator::Main(argc, argv); }
