#include "services/order/saga_orchestrator_config.h"

#include "libs/config/settings.h"
#include "libs/service/batch_pace_config.h"

namespace orderflow::order {

SagaOrchestratorConfig DeclareSagaOrchestrator(config::Settings& settings) {
  using std::chrono::milliseconds;
  SagaOrchestratorConfig config;
  config.payment_address = settings.Address(
      "ORDERFLOW_PAYMENT_ADDRESS",
      "Where payment-service answers; asked when a person skips a step.", "127.0.0.1:15053");
  config.reply_batch_max = static_cast<size_t>(
      settings.Int("ORDERFLOW_REPLY_BATCH_MAX",
                   "Most replies handled in one transaction; 1 turns batching off.", 256, 1, 2048));
  config.batch_pace = service::DeclareBatchPace(settings);
  config.reply_consumers = static_cast<int>(
      settings.Int("ORDERFLOW_REPLY_CONSUMERS",
                   "Threads that consume order.replies, each with its own partitions. They take "
                   "turns, unless a full batch waits.",
                   1, 1, 6));
  // The default is three seconds of 2,700 orders/s, more than are under way unless replies are
  // behind; an order takes 1 to 2 KB.
  config.kept_aggregates_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_KEPT_AGGREGATES_MAX",
      "Most orders under way that are kept in memory between their replies, 1 to 2 KB each; 0: "
      "order and saga are read again for each reply.",
      8192, 0, 1'000'000));
  config.timer_interval = settings.Milliseconds(
      "ORDERFLOW_SAGA_TIMER_INTERVAL_MS", "How often sagas are looked at whose next action is due.",
      milliseconds(500), milliseconds(10), milliseconds(60000));
  return config;
}

}  // namespace orderflow::order
