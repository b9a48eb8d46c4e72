#include "services/order/order_service_config.h"

#include "libs/config/settings.h"

namespace orderflow::order {

OrderServiceConfig DeclareOrderService(config::Settings& settings) {
  OrderServiceConfig config;
  config.inventory_address = settings.Address(
      "ORDERFLOW_INVENTORY_ADDRESS", "Where inventory-service answers.", "127.0.0.1:15054");
  config.accept_batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_ACCEPT_BATCH_MAX",
      "Most orders accepted in one transaction; 1 turns group commit off.", 128, 1, 1024));
  config.accept_queue_max = static_cast<size_t>(
      settings.Int("ORDERFLOW_ACCEPT_QUEUE_MAX",
                   "CreateOrder calls that may wait; more are refused.", 4096, 1, 100000));
  config.accept_workers = static_cast<int>(settings.Int(
      "ORDERFLOW_ACCEPT_WORKERS", "Transactions that accept orders at the same time.", 2, 1, 16));
  config.watchers_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_WATCHERS_MAX", "WatchOrder streams at the same time.", 10000, 1, 1000000));
  config.topic_partitions = static_cast<int>(settings.Int(
      "ORDERFLOW_KAFKA_TOPIC_PARTITIONS",
      "Partitions of each topic that --create-topics creates; never change it later.", 6, 1, 1000));
  config.topic_replication = static_cast<int>(
      settings.Int("ORDERFLOW_KAFKA_TOPIC_REPLICATION",
                   "Replicas of each topic that --create-topics creates.", 1, 1, 7));
  return config;
}

}  // namespace orderflow::order
