// inventory-service: stock, prices and reservations of items.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
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
#include "libs/telemetry/metrics.h"
#include "migrations/inbox_migrations.h"
#include "migrations/inventory_migrations.h"
#include "migrations/outbox_migrations.h"
#include "services/inventory/config.h"
#include "services/inventory/domain/reservation_expiry_runner.h"
#include "services/inventory/grpc/inventory_service.h"
#include "services/inventory/messaging/stock_command_handler.h"
#include "services/inventory/persistence/postgres_item_store.h"
#include "services/inventory/persistence/postgres_stock_store.h"

namespace orderflow::inventory {
namespace {

constexpr char kName[] = "inventory-service";  // client id and consumer group too

void ReportExpiry(const absl::StatusOr<int>& expired, telemetry::Counter& counter) {
  if (!expired.ok()) {
    telemetry::LogWarning("expiry sweep failed, the next one tries again",
                          {{"error", Message(expired.status())}});
  } else if (*expired > 0) {
    counter.Increment(*expired);
    telemetry::LogWarning("reservations expired", {{"count", std::to_string(*expired)}});
  }
}

// Everything that inventory-service is made of, in the order of construction.
struct InventoryServiceParts {
  InventoryServiceParts(const service::ProcessContext& context,
                        const InventoryServiceConfig& config,
                        std::unique_ptr<messaging::Producer> kafka_producer)
      : ids(context.clock),
        producer(std::move(kafka_producer)),
        relay(context.pool, *producer, context.metrics,
              {.source = "/orderflow/inventory-service",
               .instance_id = context.config.instance_id,
               .limits = service::RecordLimitsOf(context.config),
               .tracer = &context.tracer}),
        outbox(relay),
        stock_store(context.pool, config.reservation_ttl),
        item_store(context.pool),
        handler(stock_store, outbox, ids, context.metrics),
        expired(context.metrics.AddCounter("orderflow_inventory_expired_reservations_total",
                                           "Reservations given back because of their age.")),
        expiry(stock_store,
               {.interval = config.expiry_interval,
                .on_batch = [this](const auto& result) { ReportExpiry(result, expired); }}),
        executor(context.metrics, context.access,
                 {.threads = config.rpc_threads, .tracing = &context.call_tracing}),
        grpc_service(item_store, executor) {
    for (int i = 0; i < config.consumers; ++i) {
      consumers.push_back(std::make_unique<inbox::TransactionalConsumer>(
          context.pool, outbox, handler,
          [kafka = service::KafkaOptionsOf(context.config, kName)](
              messaging::AssignmentListener& listener) {
            return messaging::MakeKafkaConsumer(kafka, kName, {messaging::kInventoryCommands},
                                                listener);
          },
          context.clock, ids, context.metrics,
          inbox::ConsumerOptions{.group = kName,
                                 .batch_max = config.batch_max,
                                 .pace = config.batch_pace,
                                 .tracer = &context.tracer}));
    }
  }

  UuidV7Generator ids;
  std::unique_ptr<messaging::Producer> producer;
  outbox::OutboxRelay relay;
  outbox::Outbox outbox;
  PostgresStockStore stock_store;
  PostgresItemStore item_store;
  StockCommandHandler handler;
  std::vector<std::unique_ptr<inbox::TransactionalConsumer>> consumers;
  telemetry::Counter& expired;
  ReservationExpiryRunner expiry;
  rpc::CallExecutor executor;
  InventoryGrpcService grpc_service;
  service::WorkerThreads workers;
};

absl::StatusOr<service::Wiring> Wire(const service::ProcessContext& context,
                                     const InventoryServiceConfig& config) {
  ASSIGN_OR_RETURN(auto producer,
                   messaging::MakeKafkaProducer(service::KafkaOptionsOf(context.config, kName)));
  auto parts = std::make_shared<InventoryServiceParts>(context, config, std::move(producer));
  InventoryServiceParts& p = *parts;
  return service::Wiring{
      .services = {&p.grpc_service},
      .parts = {service::RelayPart(p.relay),
                {"command consumers and reservation expiry",
                 [&p] {
                   for (const auto& consumer : p.consumers) {
                     p.workers.Start(1, [&consumer](std::stop_token stop) { consumer->Run(stop); });
                   }
                   p.workers.Start(1, [&p](std::stop_token stop) { p.expiry.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] { p.workers.StopAndJoin(); }},
                service::CallsPart(p.executor)},
      .owner = parts};
}

int Main(int argc, char** argv) {
  InventoryServiceConfig own;
  return service::RunProcess(
      argc, argv,
      {.name = kName,
       .summary = "Stock, prices and reservations of items.",
       .grpc_listen_default = "127.0.0.1:15054",
       .admin_listen_default = "127.0.0.1:9104",
       .apis = {v1::InventoryService::service_full_name()},
       .migrations = {&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                      &migrations::InventoryMigrations()}},
      [&own](config::Settings& settings) { own = DeclareInventoryService(settings); },
      [&own](const service::ProcessContext& context) { return Wire(context, own); },
      {service::ForgetPositionsCommand(kName)});
}

}  // namespace
}  // namespace orderflow::inventory

int main(int argc, char** argv) { return orderflow::inventory::Main(argc, argv); }
