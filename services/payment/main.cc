// payment-service: authorizes, captures, voids and refunds at the payment provider, keeps the
// ledger, and shows payments.

#include <algorithm>
#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/inbox/transactional_consumer.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/rpc/call_executor.h"
#include "libs/service/forget_positions.h"
#include "libs/service/kafka_options.h"
#include "libs/service/process.h"
#include "libs/service/standard_parts.h"
#include "libs/service/worker_threads.h"
#include "libs/telemetry/log.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"
#include "migrations/payment_migrations.h"
#include "services/payment/config.h"
#include "services/payment/grpc/payment_service.h"
#include "services/payment/messaging/orders_in_hand.h"
#include "services/payment/messaging/outcome_metrics.h"
#include "services/payment/messaging/outcome_writer.h"
#include "services/payment/messaging/payment_command_handler.h"
#include "services/payment/messaging/prompt_answers.h"
#include "services/payment/persistence/postgres_payment_books.h"
#include "services/payment/persistence/postgres_payment_store.h"
#include "services/payment/persistence/postgres_reconciliation_actions.h"
#include "services/payment/persistence/postgres_reconciliation_store.h"
#include "services/payment/providers/grpc_provider.h"
#include "services/payment/providers/grpc_provider_books.h"
#include "services/payment/providers/hint_resolver.h"
#include "services/payment/providers/operation_resolver.h"
#include "services/payment/providers/provider_caller.h"
#include "services/payment/providers/provider_channel.h"
#include "services/payment/reconciliation/reconciler.h"
#include "services/payment/reconciliation/reconciliation_worker.h"
#include "services/payment/webhooks/webhook_endpoint.h"
#include "services/payment/webhooks/webhook_receiver.h"

namespace orderflow::payment {
namespace {

constexpr char kName[] = "payment-service";                   // client id and consumer group too
constexpr Duration kBooksTimeout = std::chrono::seconds(10);  // for one page of the books
constexpr Duration kReconcileLookInterval = std::chrono::seconds(5);

DecisionPolicy PolicyOf(const PaymentServiceConfig& config) {
  return {.call_lease = config.call_lease,
          .resolve_backoff = {.initial = std::chrono::milliseconds(200),
                              .max = config.resolve_backoff_max}};
}

// One thread that consumes commands, with its own partitions. An outcome that it does not wait for
// goes to `others`.
struct CommandConsumer {
  CommandConsumer(const service::ProcessContext& context, const PaymentServiceConfig& config,
                  CommandHandlerDeps deps, outbox::Outbox& outbox, IdGenerator& ids,
                  PromptAnswers::OnOutcome others)
      : prompt_answers(deps.calls, config.answer_wait, std::move(others)),
        handler(deps, prompt_answers, context.metrics,
                {.policy = PolicyOf(config),
                 .unknown_operations_max = config.unknown_operations_max,
                 .handlers = config.consumers}),
        consumer(context.pool, outbox, handler,
                 [kafka = service::KafkaOptionsOf(context.config, kName)](
                     messaging::AssignmentListener& listener) {
                   return messaging::MakeKafkaConsumer(kafka, kName, {messaging::kPaymentCommands},
                                                       listener);
                 },
                 context.clock, ids, context.metrics,
                 {.group = kName,
                  .batch_max = config.command_batch_max,
                  .pace = config.batch_pace,
                  .tracer = &context.tracer}) {}

  PromptAnswers prompt_answers;
  PaymentCommandHandler handler;
  inbox::TransactionalConsumer consumer;
};

// Everything that payment-service is made of, in the order of construction. The two ends of the
// loop caller -> prompt answers of each consumer -> outcomes -> writer -> caller are joined by a
// call back.
struct PaymentServiceParts {
  PaymentServiceParts(const service::ProcessContext& context, const PaymentServiceConfig& config,
                      std::unique_ptr<messaging::Producer> kafka_producer,
                      std::shared_ptr<grpc::Channel> channel_to_provider)
      : policy(PolicyOf(config)),
        ids(context.clock),
        producer(std::move(kafka_producer)),
        relay(context.pool, *producer, context.metrics,
              {.source = "/orderflow/payment-service",
               .instance_id = context.config.instance_id,
               .limits = service::RecordLimitsOf(context.config),
               .tracer = &context.tracer}),
        outbox(relay),
        store(context.clock),
        operations(context.pool, store),
        reader(context.pool),
        payment_books(context.pool, store),
        reconciliation_store(context.pool),
        reconciliation_actions(context.pool),
        provider_channel(std::move(channel_to_provider)),
        provider(provider_channel, context.metrics, config.provider_timeout, &context.tracer),
        provider_books(provider_channel, kBooksTimeout),
        caller(provider, context.metrics,
               {.parallel_max = config.provider_parallel_max,
                .waiting_max = config.provider_waiting_max},
               [this](CallOutcome outcome) { Dispatch(0, std::move(outcome)); }),
        batch_writer(store, outbox, caller, ids),
        outcome_metrics(context.metrics),
        outcomes(context.pool, store, batch_writer, orders_in_hand, outcome_metrics,
                 context.metrics, {.policy = policy, .batch_max = config.command_batch_max}),
        resolver(operations, caller, context.metrics,
                 {.interval = config.resolve_interval, .lease = config.call_lease},
                 [this](int64_t unknown) {
                   for (const auto& each : consumers) {
                     each->handler.SetUnknownOperations(unknown);
                   }
                 }),
        hints(operations, caller, context.metrics,
              {.queue_max = config.webhook_waiting_max,
               // What a command asks for is in the database when the answer has come, or the wait
               // for it is over.
               .grace = config.webhook_grace + config.answer_wait}),
        webhook_receiver(webhooks::WebhookVerifier(config.webhook_secrets), hints, context.clock,
                         context.metrics, {}),
        webhook_endpoint(webhook_receiver),
        reconciler(context.pool, store, payment_books, provider_books, reconciliation_store,
                   reconciliation_actions, batch_writer, orders_in_hand, ids, context.clock,
                   context.metrics,
                   {.policy = {.settle_time = config.reconcile_settle_time,
                               .orphan_hold_age = config.orphan_hold_age},
                    .decisions = policy}),
        reconciliation_worker(reconciler, reconciliation_store, context.metrics,
                              {.interval = config.reconcile_interval,
                               .look_interval = std::min<Duration>(config.reconcile_interval,
                                                                   kReconcileLookInterval)}),
        executor(context.metrics, context.access, {.threads = 2, .tracing = &context.call_tracing}),
        grpc_service(reader, reconciler, reconciliation_store, reconciliation_actions, executor) {
    for (size_t number = 0; number < config.consumers; ++number) {
      consumers.push_back(std::make_unique<CommandConsumer>(
          context, config,
          CommandHandlerDeps{context.pool, store, batch_writer, orders_in_hand, outcome_metrics,
                             caller},
          outbox, ids,
          [this, number](CallOutcome outcome) { Dispatch(number + 1, std::move(outcome)); }));
    }
  }

  // To the consumer of that number, which passes on what it does not wait for.
  void Dispatch(size_t number, CallOutcome outcome) {
    if (number < consumers.size()) {
      consumers[number]->prompt_answers.Submit(std::move(outcome));
    } else {
      outcomes.Submit(std::move(outcome));
    }
  }

  const DecisionPolicy policy;
  UuidV7Generator ids;
  std::unique_ptr<messaging::Producer> producer;
  outbox::OutboxRelay relay;
  outbox::Outbox outbox;
  PostgresPaymentStore store;
  PostgresOpenOperations operations;
  PostgresPaymentReader reader;
  PostgresPaymentBooks payment_books;
  PostgresReconciliationStore reconciliation_store;
  PostgresReconciliationActions reconciliation_actions;
  std::shared_ptr<grpc::Channel> provider_channel;
  GrpcProvider provider;
  GrpcProviderBooks provider_books;
  ProviderCaller caller;
  BatchWriter batch_writer;
  OrdersInHand orders_in_hand;
  OutcomeMetrics outcome_metrics;
  OutcomeWriter outcomes;
  OperationResolver resolver;
  HintResolver hints;
  WebhookReceiver webhook_receiver;
  WebhookEndpoint webhook_endpoint;
  Reconciler reconciler;
  ReconciliationWorker reconciliation_worker;
  rpc::CallExecutor executor;
  PaymentGrpcService grpc_service;
  std::vector<std::unique_ptr<CommandConsumer>> consumers;
  service::WorkerThreads writer_thread;
  service::WorkerThreads workers;
};

absl::Status StartWebhooks(WebhookEndpoint& endpoint, const PaymentServiceConfig& config) {
  if (config.webhook_secrets.empty()) {
    telemetry::LogInfo("webhooks are off: ORDERFLOW_PAYMENT_WEBHOOK_SECRETS is empty");
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(endpoint.Start(config.webhook_listen));
  telemetry::LogInfo("receiving webhooks",
                     {{"port", std::to_string(endpoint.port())},
                      {"path", kWebhookPath},
                      {"secrets", std::to_string(config.webhook_secrets.size())}});
  return absl::OkStatus();
}

absl::StatusOr<service::Wiring> Wire(const service::ProcessContext& context,
                                     const PaymentServiceConfig& config) {
  ASSIGN_OR_RETURN(auto producer,
                   messaging::MakeKafkaProducer(service::KafkaOptionsOf(context.config, kName)));
  ASSIGN_OR_RETURN(auto provider_channel,
                   MakeProviderChannel(config.provider_address, config.provider_authorities_file,
                                       context.transport));
  auto parts = std::make_shared<PaymentServiceParts>(context, config, std::move(producer),
                                                     std::move(provider_channel));
  PaymentServiceParts& p = *parts;
  return service::Wiring{
      .services = {&p.grpc_service},
      .parts = {service::RelayPart(p.relay),
                {"provider calls and their outcomes",
                 [&p] {
                   p.writer_thread.Start(1, [&p](std::stop_token stop) { p.outcomes.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] {
                   p.caller.Stop();     // no call is under way any more,
                   p.outcomes.Close();  // so this is the last outcome
                   p.writer_thread.StopAndJoin();
                 }},
                {"command consumers, resolvers and reconciler",
                 [&p] {
                   for (const auto& each : p.consumers) {
                     p.workers.Start(1,
                                     [&each](std::stop_token stop) { each->consumer.Run(stop); });
                   }
                   p.workers.Start(1, [&p](std::stop_token stop) { p.resolver.Run(stop); });
                   p.workers.Start(1, [&p](std::stop_token stop) { p.hints.Run(stop); });
                   p.workers.Start(
                       1, [&p](std::stop_token stop) { p.reconciliation_worker.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] { p.workers.StopAndJoin(); }},
                {"webhooks", [&p, &config] { return StartWebhooks(p.webhook_endpoint, config); },
                 [&p] { p.webhook_endpoint.Stop(); }},
                service::CallsPart(p.executor)},
      .owner = parts};
}

int Main(int argc, char** argv) {
  PaymentServiceConfig own;
  return service::RunProcess(
      argc, argv,
      {.name = kName,
       .summary =
           "Authorizes, captures, voids and refunds at the payment provider, and keeps the ledger.",
       .grpc_listen_default = "127.0.0.1:15053",
       .admin_listen_default = "127.0.0.1:9103",
       .apis = {v1::PaymentService::service_full_name()},
       .migrations = {&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                      &migrations::PaymentMigrations()}},
      [&own](config::Settings& settings) { own = DeclarePaymentService(settings); },
      [&own](const service::ProcessContext& context) { return Wire(context, own); },
      {service::ForgetPositionsCommand(kName)});
}

}  // namespace
}  // namespace orderflow::payment

int main(int argc, char** argv) { return orderflow::payment::Main(argc, argv); }
