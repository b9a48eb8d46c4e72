// order-service: the public API. Accepts, shows, cancels and streams orders.

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/rpc/admission.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/channel.h"
#include "libs/service/kafka_options.h"
#include "libs/service/process.h"
#include "libs/service/standard_parts.h"
#include "libs/service/worker_threads.h"
#include "migrations/inbox_migrations.h"
#include "migrations/order_migrations.h"
#include "migrations/outbox_migrations.h"
#include "services/order/domain/order_acceptor.h"
#include "services/order/domain/order_backlog.h"
#include "services/order/domain/order_reader.h"
#include "services/order/domain/order_watch_hub.h"
#include "services/order/grpc/inventory_price_quoter.h"
#include "services/order/grpc/order_service.h"
#include "services/order/messaging/order_event_fanout.h"
#include "services/order/messaging/paused_steps_poller.h"
#include "services/order/order_service_config.h"
#include "services/order/paused_steps_part.h"
#include "services/order/persistence/postgres_order_store.h"
#include "services/order/persistence/postgres_step_pauser.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

constexpr char kName[] = "order-service";  // client id too
// While one reads a batch, the other may decode its own.
constexpr int kReadWorkers = 2;

rpc::AdmissionOptions AdmissionOptionsOf(const OrderServiceConfig& config,
                                         const OrderBacklog& backlog) {
  rpc::AdmissionOptions options;
  options.limit = {.initial = config.admission_limit_initial,
                   .min = config.admission_limit_min,
                   .max = config.admission_limit_max,
                   .wait_target = config.admission_wait_target,
                   .work_target = config.admission_work_target};
  options.work_behind = [&backlog] {
    const OrderBacklog::Counts counts = backlog.counts();
    return rpc::WorkBehind{.begun = counts.accepted,
                           .done = counts.finished,
                           .done_late = counts.finished_late,
                           .waiting = counts.waiting};
  };
  return options;
}

// Everything that order-service is made of, in the order of construction.
struct OrderServiceParts {
  OrderServiceParts(const service::ProcessContext& context, const OrderServiceConfig& config,
                    std::unique_ptr<messaging::Producer> kafka_producer,
                    std::unique_ptr<messaging::Consumer> kafka_consumer)
      : ids(context.clock),
        producer(std::move(kafka_producer)),
        consumer(std::move(kafka_consumer)),
        relay(context.pool, *producer, context.metrics,
              {.source = "/orderflow/order-service",
               .instance_id = context.config.instance_id,
               .limits = service::RecordLimitsOf(context.config),
               .tracer = &context.tracer}),
        outbox(relay),
        workflow(ids),
        pauser(context.pool),
        paused_steps(pauser, workflow),
        store(context.pool, outbox, workflow, context.clock),
        quoter(rpc::MakeChannel(config.inventory_address,
                                {.retry_reads = true,
                                 .service_name = "orderflow.inventory.v1.InventoryService",
                                 .credentials = context.transport.ForChannel()}),
               context.clock, context.metrics),
        batch_size(context.metrics.AddHistogram("orderflow_order_accept_batch_orders",
                                                "Orders per accept transaction.",
                                                telemetry::SizeBuckets())),
        acceptor(store, quoter, context.clock, ids,
                 {.batch_max = config.accept_batch_max,
                  .queue_max = static_cast<size_t>(config.admission_limit_max),
                  .pace = config.batch_pace,
                  .on_batch =
                      [this](size_t size, Duration wait) {
                        batch_size.Observe(static_cast<double>(size));
                        admission.ObserveWait(wait);
                      },
                  .on_accepted = [this](const Order& order) { backlog.Accepted(order.order_id); }}),
        backlog(context.clock, config.admission_work_target / 2),
        admission(context.metrics, context.clock, AdmissionOptionsOf(config, backlog)),
        hub(store, config.watchers_max),
        fanout(*consumer, hub, backlog),
        executor(context.metrics, context.access,
                 {.threads = context.config.database_pool_size,
                  .tracing = &context.call_tracing,
                  .customer_streams_max = config.watches_per_customer_max}),
        reader(store, context.clock, {}),
        grpc_service(acceptor, reader, store, hub, admission, executor, context.clock) {}

  UuidV7Generator ids;
  std::unique_ptr<messaging::Producer> producer;
  std::unique_ptr<messaging::Consumer> consumer;
  outbox::OutboxRelay relay;
  outbox::Outbox outbox;
  OrderWorkflow workflow;
  PostgresStepPauser pauser;
  PausedStepsPoller paused_steps;
  PostgresOrderStore store;
  InventoryPriceQuoter quoter;
  telemetry::Histogram& batch_size;
  OrderAcceptor acceptor;
  OrderBacklog backlog;
  rpc::Admission admission;
  OrderWatchHub hub;
  OrderEventFanout fanout;
  rpc::CallExecutor executor;
  OrderReader reader;
  OrderGrpcService grpc_service;
  service::WorkerThreads pause_workers;
  service::WorkerThreads accept_workers;
  service::WorkerThreads read_workers;
  service::WorkerThreads watch_workers;
};

absl::StatusOr<service::Wiring> Wire(const service::ProcessContext& context,
                                     const OrderServiceConfig& config) {
  RETURN_IF_ERROR(LintSagaDefinitions());
  ASSIGN_OR_RETURN(auto producer,
                   messaging::MakeKafkaProducer(service::KafkaOptionsOf(context.config, kName)));
  ASSIGN_OR_RETURN(auto consumer,
                   messaging::MakeKafkaBroadcastConsumer(
                       service::KafkaOptionsOf(context.config, kName), messaging::kOrderEvents));
  auto parts = std::make_shared<OrderServiceParts>(context, config, std::move(producer),
                                                   std::move(consumer));
  OrderServiceParts& p = *parts;
  return service::Wiring{
      .services = {&p.grpc_service},
      .parts = {service::RelayPart(p.relay),
                PausedStepsPart(p.paused_steps, p.pause_workers),
                {"order acceptor",
                 [&p, workers = config.accept_workers] {
                   p.accept_workers.Start(workers,
                                          [&p](std::stop_token stop) { p.acceptor.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] {
                   p.acceptor.Close();
                   p.accept_workers.Join();
                 }},
                {"order reader",
                 [&p] {
                   p.read_workers.Start(kReadWorkers,
                                        [&p](std::stop_token stop) { p.reader.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] {
                   p.reader.Close();
                   p.read_workers.Join();
                 }},
                {"order watch",
                 [&p] {
                   p.watch_workers.Start(1, [&p](std::stop_token stop) { p.hub.Run(stop); });
                   p.watch_workers.Start(1, [&p](std::stop_token stop) { p.fanout.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] {
                   p.watch_workers.StopAndJoin();
                   p.consumer->Close();
                 }},
                service::CallsPart(p.executor)},
      .before_drain = [&p] { p.hub.Close(); },
      .owner = parts};
}

int Main(int argc, char** argv) {
  OrderServiceConfig own;
  return service::RunProcess(
      argc, argv,
      {.name = kName,
       .summary = "Accepts, shows, cancels and streams orders: the public API.",
       .grpc_listen_default = "127.0.0.1:15051",
       .admin_listen_default = "127.0.0.1:9101",
       .apis = {v1::OrderService::service_full_name()},
       // Customers' apps prove who they are by a token.
       .client_certificates = rpc::ClientCertificates::kOptional,
       .migrations = {&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                      &migrations::OrderMigrations()}},
      [&own](config::Settings& settings) { own = DeclareOrderService(settings); },
      [&own](const service::ProcessContext& context) { return Wire(context, own); },
      {{"--create-topics", "create every Kafka topic that does not exist, then exit",
        [&own](const service::CommonConfig& common) {
          return messaging::CreateTopics(service::KafkaOptionsOf(common, kName),
                                         messaging::AllTopics(), own.topic_partitions,
                                         own.topic_replication);
        }},
       {"--grant-topic-rights",
        "let each process at its own topics and groups of a Kafka with an authorizer, then exit",
        [](const service::CommonConfig& common) {
          return messaging::GrantTopicRights(service::KafkaOptionsOf(common, kName),
                                             messaging::AllTopicRights());
        }},
       {"--describe-topic-rights",
        "print who may do what with which topic as a markdown table, then exit",
        [](const service::CommonConfig&) {
          std::fputs(messaging::DescribeTopicRights().c_str(), stdout);
          return absl::OkStatus();
        },
        /*needs_settings=*/false}});
}

}  // namespace
}  // namespace orderflow::order

int main(int argc, char** argv) { return orderflow::order::Main(argc, argv); }
