// notification-service: tells customers by e-mail how their orders ended.

#include <memory>
#include <string>
#include <utility>

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
#include "migrations/inbox_migrations.h"
#include "migrations/notification_migrations.h"
#include "migrations/outbox_migrations.h"
#include "services/notification/config.h"
#include "services/notification/domain/delivery_runner.h"
#include "services/notification/grpc/notification_service.h"
#include "services/notification/mail/measured_sender.h"
#include "services/notification/mail/smtp_sender.h"
#include "services/notification/messaging/delivery_telemetry.h"
#include "services/notification/messaging/order_event_handler.h"
#include "services/notification/persistence/postgres_delivery_queue.h"
#include "services/notification/persistence/postgres_notification_store.h"

namespace orderflow::notification {
namespace {

constexpr char kName[] = "notification-service";  // client id and consumer group too

// Nobody waits for a mail by the millisecond: events are fetched many at a time.
messaging::KafkaOptions ConsumerOptionsOf(const service::CommonConfig& config) {
  messaging::KafkaOptions options = service::KafkaOptionsOf(config, kName);
  options.fetch_min_bytes = 64 << 10;
  return options;
}

DeliveryOptions DeliveryOptionsOf(const NotificationServiceConfig& config) {
  DeliveryOptions options;
  options.abandoned_age = config.abandoned_age;
  // Begun this late, a mail still ends before anybody takes its sender for dead.
  options.claim_age_max = config.abandoned_age / 4;
  options.per_second_max = config.mails_per_second_max;
  options.policy = {.attempts_max = config.attempts_max,
                    .backoff = {.initial = config.retry_delay, .max = config.retry_delay_max}};
  return options;
}

// Everything that notification-service is made of, in the order of construction.
struct NotificationServiceParts {
  NotificationServiceParts(const service::ProcessContext& context,
                           const NotificationServiceConfig& config,
                           std::unique_ptr<messaging::Producer> kafka_producer)
      : ids(context.clock),
        producer(std::move(kafka_producer)),
        relay(context.pool, *producer, context.metrics,
              {.source = "/orderflow/notification-service",
               .instance_id = context.config.instance_id,
               .limits = service::RecordLimitsOf(context.config),
               .tracer = &context.tracer}),
        outbox(relay),
        store(context.pool),
        queue(context.pool, ids),
        sender({.url = config.smtp_url, .from = config.smtp_from}),
        measured_sender(sender, context.metrics, &context.tracer),
        telemetry(context.metrics),
        delivery(queue, measured_sender, telemetry, DeliveryOptionsOf(config)),
        handler(store, ids, context.metrics, [this] { delivery.Wake(); }),
        consumer(
            context.pool, outbox, handler,
            [kafka = ConsumerOptionsOf(context.config)](messaging::AssignmentListener& listener) {
              return messaging::MakeKafkaConsumer(kafka, kName, {messaging::kOrderEvents},
                                                  listener);
            },
            context.clock, ids, context.metrics,
            {.group = kName,
             .batch_max = config.batch_max,
             // Nobody waits for a message to the millisecond.
             .pace = {.interval = std::chrono::milliseconds(100), .records_per_second_min = 0},
             .later_records_wait = messaging::LaterRecordsWait(messaging::kOrderEvents),
             .tracer = &context.tracer}),
        executor(context.metrics, context.access, {.threads = 2, .tracing = &context.call_tracing}),
        grpc_service(store, executor) {}

  UuidV7Generator ids;
  std::unique_ptr<messaging::Producer> producer;
  outbox::OutboxRelay relay;  // for dead letters: nothing else is published here
  outbox::Outbox outbox;
  PostgresNotificationStore store;
  PostgresDeliveryQueue queue;
  SmtpSender sender;
  MeasuredSender measured_sender;
  DeliveryTelemetry telemetry;
  DeliveryRunner delivery;
  OrderEventHandler handler;
  inbox::TransactionalConsumer consumer;
  rpc::CallExecutor executor;
  NotificationGrpcService grpc_service;
  service::WorkerThreads delivery_worker;
  service::WorkerThreads consumer_worker;
};

absl::StatusOr<service::Wiring> Wire(const service::ProcessContext& context,
                                     const NotificationServiceConfig& config) {
  ASSIGN_OR_RETURN(auto producer,
                   messaging::MakeKafkaProducer(service::KafkaOptionsOf(context.config, kName)));
  auto parts = std::make_shared<NotificationServiceParts>(context, config, std::move(producer));
  NotificationServiceParts& p = *parts;
  return service::Wiring{
      .services = {&p.grpc_service},
      .parts = {service::RelayPart(p.relay),
                {"mail delivery",
                 [&p] {
                   p.delivery_worker.Start(1, [&p](std::stop_token stop) { p.delivery.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] { p.delivery_worker.StopAndJoin(); }},
                {"event consumer",
                 [&p] {
                   p.consumer_worker.Start(1, [&p](std::stop_token stop) { p.consumer.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] { p.consumer_worker.StopAndJoin(); }},
                service::CallsPart(p.executor)},
      .owner = parts};
}

int Main(int argc, char** argv) {
  NotificationServiceConfig own;
  return service::RunProcess(
      argc, argv,
      {.name = kName,
       .summary = "Tells customers by e-mail how their orders ended.",
       .grpc_listen_default = "127.0.0.1:15055",
       .admin_listen_default = "127.0.0.1:9105",
       .apis = {v1::NotificationService::service_full_name()},
       .migrations = {&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                      &migrations::NotificationMigrations()}},
      [&own](config::Settings& settings) { own = DeclareNotificationService(settings); },
      [&own](const service::ProcessContext& context) { return Wire(context, own); },
      {service::ForgetPositionsCommand(kName)});
}

}  // namespace
}  // namespace orderflow::notification

int main(int argc, char** argv) { return orderflow::notification::Main(argc, argv); }
