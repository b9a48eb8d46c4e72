#include "services/inventory/config.h"

#include "libs/config/settings.h"
#include "libs/service/batch_pace_config.h"

namespace orderflow::inventory {

InventoryServiceConfig DeclareInventoryService(config::Settings& settings) {
  using std::chrono::hours;
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  InventoryServiceConfig config;
  config.batch_max = static_cast<size_t>(settings.Int(
      "ORDERFLOW_INVENTORY_BATCH_MAX", "Most stock commands per transaction.", 256, 1, 1024));
  config.batch_pace = service::DeclareBatchPace(settings);
  config.rpc_threads = static_cast<int>(
      settings.Int("ORDERFLOW_INVENTORY_RPC_THREADS",
                   "Calls that may wait for the database at the same time.", 4, 1, 64));
  config.consumers = static_cast<int>(settings.Int(
      "ORDERFLOW_INVENTORY_CONSUMERS",
      "Threads that consume inventory.commands, each with its own partitions.", 1, 1, 6));
  config.reservation_ttl = settings.Milliseconds(
      "ORDERFLOW_INVENTORY_RESERVATION_TTL_MS",
      "Age at which a reservation is given back; longer than a saga may take.", hours(24),
      seconds(1), hours(24 * 30));
  config.expiry_interval =
      settings.Milliseconds("ORDERFLOW_INVENTORY_EXPIRY_INTERVAL_MS",
                            "Time between two sweeps for reservations past their age.", seconds(10),
                            milliseconds(100), hours(1));
  return config;
}

}  // namespace orderflow::inventory
