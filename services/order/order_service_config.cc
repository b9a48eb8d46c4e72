#include "services/order/order_service_config.h"

#include "libs/config/settings.h"
#include "libs/service/batch_pace_config.h"

namespace orderflow::order {

namespace {

using std::chrono::milliseconds;

void DeclareAdmission(config::Settings& settings, OrderServiceConfig& config) {
  config.admission_limit_initial = static_cast<int>(
      settings.Int("ORDERFLOW_ADMISSION_LIMIT_INITIAL",
                   "Writing calls under way at the same time, as long as nothing is slow; more are "
                   "refused.",
                   512, 1, 100000));
  config.admission_limit_min = static_cast<int>(
      settings.Int("ORDERFLOW_ADMISSION_LIMIT_MIN",
                   "How far that limit may fall while the system is overloaded.", 4, 1, 100000));
  config.admission_limit_max = static_cast<int>(settings.Int(
      "ORDERFLOW_ADMISSION_LIMIT_MAX",
      "How far that limit may rise while it is reached and nothing is slow.", 4096, 1, 100000));
  settings.Require(config.admission_limit_min <= config.admission_limit_initial,
                   "ORDERFLOW_ADMISSION_LIMIT_MIN must not be above "
                   "ORDERFLOW_ADMISSION_LIMIT_INITIAL");
  settings.Require(config.admission_limit_initial <= config.admission_limit_max,
                   "ORDERFLOW_ADMISSION_LIMIT_INITIAL must not be above "
                   "ORDERFLOW_ADMISSION_LIMIT_MAX");
  config.admission_wait_target =
      settings.Milliseconds("ORDERFLOW_ADMISSION_WAIT_TARGET_MS",
                            "A queue of calls that stands for longer than this lowers the limit.",
                            milliseconds(100), milliseconds(1), milliseconds(60'000));
  config.admission_work_target = settings.Milliseconds(
      "ORDERFLOW_ADMISSION_WORK_TARGET_MS",
      "Orders that take longer than this to come to rest, while their number grows, lower the "
      "limit.",
      milliseconds(1500), milliseconds(1), milliseconds(600'000));
}

}  // namespace

OrderServiceConfig DeclareOrderService(config::Settings& settings) {
  OrderServiceConfig config;
  config.inventory_address = settings.Address(
      "ORDERFLOW_INVENTORY_ADDRESS", "Where inventory-service answers.", "127.0.0.1:15054");
  config.accept_batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_ACCEPT_BATCH_MAX",
      "Most orders accepted in one transaction; 1 turns group commit off.", 128, 1, 1024));
  config.batch_pace = service::DeclareBatchPace(settings);
  config.accept_workers =
      static_cast<int>(settings.Int("ORDERFLOW_ACCEPT_WORKERS",
                                    "Transactions that accept orders at the same time; all but one "
                                    "begin only when a full batch waits.",
                                    2, 1, 16));
  DeclareAdmission(settings, config);
  config.watchers_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_WATCHERS_MAX", "WatchOrder streams at the same time.", 10000, 1, 1000000));
  config.watches_per_customer_max = static_cast<int>(settings.Int(
      "ORDERFLOW_WATCHES_PER_CUSTOMER_MAX",
      "WatchOrder streams of one customer at the same time; beyond it RESOURCE_EXHAUSTED.", 20, 1,
      1000000));
  config.topic_partitions = static_cast<int>(settings.Int(
      "ORDERFLOW_KAFKA_TOPIC_PARTITIONS",
      "Partitions of each topic that --create-topics creates; never change it later.", 6, 1, 1000));
  config.topic_replication = static_cast<int>(
      settings.Int("ORDERFLOW_KAFKA_TOPIC_REPLICATION",
                   "Replicas of each topic that --create-topics creates.", 1, 1, 7));
  return config;
}

}  // namespace orderflow::order
