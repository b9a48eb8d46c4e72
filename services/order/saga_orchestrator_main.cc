// saga-orchestrator: takes participants' replies to their sagas, wakes sagas that are due, shows
// operators what sagas do and repairs them, and lets them see to dead letters.

#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/inbox/transactional_consumer.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/rpc/call_executor.h"
#include "libs/rpc/channel.h"
#include "libs/service/forget_positions.h"
#include "libs/service/kafka_options.h"
#include "libs/service/process.h"
#include "libs/service/standard_parts.h"
#include "libs/service/worker_threads.h"
#include "migrations/inbox_migrations.h"
#include "migrations/order_migrations.h"
#include "migrations/outbox_migrations.h"
#include "services/order/grpc/dead_letter_admin_service.h"
#include "services/order/grpc/event_admin_service.h"
#include "services/order/grpc/participant_step_proof.h"
#include "services/order/grpc/saga_admin_service.h"
#include "services/order/grpc/step_admin_service.h"
#include "services/order/messaging/dead_letter_gauges.h"
#include "services/order/messaging/kafka_dead_letter_log.h"
#include "services/order/messaging/outbox_dead_letter_settler.h"
#include "services/order/messaging/outbox_event_republisher.h"
#include "services/order/messaging/paused_steps_poller.h"
#include "services/order/messaging/reply_handler.h"
#include "services/order/messaging/saga_metrics.h"
#include "services/order/messaging/saga_timer_runner.h"
#include "services/order/paused_steps_part.h"
#include "services/order/persistence/postgres_saga_reader.h"
#include "services/order/persistence/postgres_saga_repairer.h"
#include "services/order/persistence/postgres_step_pauser.h"
#include "services/order/saga_orchestrator_config.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

constexpr char kName[] = "saga-orchestrator";  // client id and consumer group too

// Everything that saga-orchestrator is made of, in the order of construction.
struct SagaOrchestratorParts {
  SagaOrchestratorParts(const service::ProcessContext& context,
                        const SagaOrchestratorConfig& config,
                        std::unique_ptr<messaging::Producer> kafka_producer,
                        std::unique_ptr<messaging::LogReader> kafka_log_reader)
      : ids(context.clock),
        producer(std::move(kafka_producer)),
        log_reader(std::move(kafka_log_reader)),
        relay(context.pool, *producer, context.metrics,
              {.source = "/orderflow/saga-orchestrator",
               .instance_id = context.config.instance_id,
               .limits = service::RecordLimitsOf(context.config),
               .tracer = &context.tracer}),
        outbox(relay),
        workflow(ids),
        metrics(context.metrics),
        handler(workflow, outbox, metrics, config.kept_aggregates_max),
        reader(context.pool),
        repairer(context.pool, outbox, workflow, ids,
                 [this](const WorkflowStep& step) { metrics.OnStep(step); }),
        pauser(context.pool),
        republisher(context.pool, outbox, ids),
        paused_steps(pauser, workflow,
                     [this](size_t steps) { metrics.SetPausedSteps(static_cast<double>(steps)); }),
        proof(rpc::MakeChannel(config.payment_address,
                               {.retry_reads = true,
                                .service_name = "orderflow.payment.v1.PaymentService",
                                .credentials = context.transport.ForChannel()})),
        timers(context.pool, outbox, workflow, reader, metrics,
               {.interval = config.timer_interval}),
        dead_letters(*log_reader),
        settler(context.pool, outbox, context.clock, ids, context.metrics),
        gauges(dead_letters, settler, context.metrics),
        executor(context.metrics, context.access, {.threads = 2, .tracing = &context.call_tracing}),
        grpc_service(reader, repairer, pauser, proof, executor),
        step_service(pauser, executor),
        event_service(republisher, executor),
        dead_letter_executor(context.metrics, context.access,
                             {.threads = 2, .tracing = &context.call_tracing}),
        dead_letter_service(dead_letters, settler, context.clock, dead_letter_executor) {
    for (int i = 0; i < config.reply_consumers; ++i) {
      consumers.push_back(std::make_unique<inbox::TransactionalConsumer>(
          context.pool, outbox, handler,
          [kafka = service::KafkaOptionsOf(context.config, kName)](
              messaging::AssignmentListener& listener) {
            return messaging::MakeKafkaConsumer(kafka, kName, {messaging::kOrderReplies}, listener);
          },
          context.clock, ids, context.metrics,
          inbox::ConsumerOptions{.group = kName,
                                 .batch_max = config.reply_batch_max,
                                 .pace = config.batch_pace,
                                 .turn = &reply_turn,
                                 .tracer = &context.tracer}));
    }
  }

  UuidV7Generator ids;
  std::unique_ptr<messaging::Producer> producer;
  std::unique_ptr<messaging::LogReader> log_reader;
  outbox::OutboxRelay relay;
  outbox::Outbox outbox;
  OrderWorkflow workflow;
  SagaMetrics metrics;
  ReplyHandler handler;
  Mutex reply_turn;
  std::vector<std::unique_ptr<inbox::TransactionalConsumer>> consumers;
  PostgresSagaReader reader;
  PostgresSagaRepairer repairer;
  PostgresStepPauser pauser;
  OutboxEventRepublisher republisher;
  PausedStepsPoller paused_steps;
  ParticipantStepProof proof;
  SagaTimerRunner timers;
  KafkaDeadLetterLog dead_letters;
  OutboxDeadLetterSettler settler;
  DeadLetterGauges gauges;
  rpc::CallExecutor executor;
  SagaAdminGrpcService grpc_service;
  StepAdminGrpcService step_service;
  EventAdminGrpcService event_service;
  // Its own: calls that wait for the broker must not keep those about sagas waiting.
  rpc::CallExecutor dead_letter_executor;
  DeadLetterAdminGrpcService dead_letter_service;
  service::WorkerThreads pause_workers;
  service::WorkerThreads workers;
};

absl::StatusOr<service::Wiring> Wire(const service::ProcessContext& context,
                                     const SagaOrchestratorConfig& config) {
  RETURN_IF_ERROR(LintSagaDefinitions());
  ASSIGN_OR_RETURN(auto producer,
                   messaging::MakeKafkaProducer(service::KafkaOptionsOf(context.config, kName)));
  ASSIGN_OR_RETURN(auto log_reader,
                   messaging::MakeKafkaLogReader(service::KafkaOptionsOf(context.config, kName)));
  auto parts = std::make_shared<SagaOrchestratorParts>(context, config, std::move(producer),
                                                       std::move(log_reader));
  SagaOrchestratorParts& p = *parts;
  return service::Wiring{
      .services = {&p.grpc_service, &p.step_service, &p.event_service, &p.dead_letter_service},
      .parts = {service::RelayPart(p.relay),
                PausedStepsPart(p.paused_steps, p.pause_workers),
                {"reply consumers and saga timers",
                 [&p] {
                   for (const auto& consumer : p.consumers) {
                     p.workers.Start(1, [&consumer](std::stop_token stop) { consumer->Run(stop); });
                   }
                   p.workers.Start(1, [&p](std::stop_token stop) { p.timers.Run(stop); });
                   p.workers.Start(1, [&p](std::stop_token stop) { p.gauges.Run(stop); });
                   return absl::OkStatus();
                 },
                 [&p] { p.workers.StopAndJoin(); }},
                service::CallsPart(p.dead_letter_executor),
                service::CallsPart(p.executor)},
      .owner = parts};
}

int Main(int argc, char** argv) {
  SagaOrchestratorConfig own;
  return service::RunProcess(
      argc, argv,
      {.name = kName,
       .summary = "Drives orders' sagas: replies, timers, and what operators see and repair.",
       .grpc_listen_default = "127.0.0.1:15052",
       .admin_listen_default = "127.0.0.1:9102",
       .apis = {v1::SagaAdminService::service_full_name(),
                v1::StepAdminService::service_full_name(),
                v1::EventAdminService::service_full_name(),
                v1::DeadLetterAdminService::service_full_name()},
       .migrations = {&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                      &migrations::OrderMigrations()}},
      [&own](config::Settings& settings) { own = DeclareSagaOrchestrator(settings); },
      [&own](const service::ProcessContext& context) { return Wire(context, own); },
      {{"--describe-sagas", "print every saga definition as a markdown table, then exit",
        [](const service::CommonConfig&) {
          std::fputs(DescribeSagas().c_str(), stdout);
          return absl::OkStatus();
        },
        /*needs_settings=*/false},
       service::ForgetPositionsCommand(kName)});
}

}  // namespace
}  // namespace orderflow::order

int main(int argc, char** argv) { return orderflow::order::Main(argc, argv); }
