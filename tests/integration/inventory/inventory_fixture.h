#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "libs/messaging/producer.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/temporary_database.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"
#include "services/inventory/messaging/stock_command_handler.h"
#include "services/inventory/persistence/postgres_item_store.h"
#include "services/inventory/persistence/postgres_stock_store.h"

namespace orderflow::inventory {

// Takes every record and acknowledges none: the relay is not started here, so outbox rows stay
// where tests can count them.
class SilentProducer final : public messaging::Producer {
 public:
  absl::Status Send(const messaging::Record&, std::function<void(absl::Status)>) override {
    return absl::OkStatus();
  }
};

// The inventory on a real, empty database, without Kafka. Every test ends with the checker's view
// of the stock: sums of adjustments, sales and reservations.
class InventoryDatabaseTest : public ::testing::Test {
 protected:
  explicit InventoryDatabaseTest(Duration reservation_ttl = std::chrono::hours(1));
  void TearDown() override;

  // An item with `pieces` on hand.
  void AddItem(const std::string& sku, int64_t pieces);
  Stock StockOf(const std::string& sku);
  std::string StateOf(const std::string& order_id);

  // One batch through the handler, in a transaction of its own.
  absl::Status Handle(std::span<const v1::InventoryCommand> commands) {
    return Handle(pool_, commands);
  }
  absl::Status Handle(postgres::Pool& pool, std::span<const v1::InventoryCommand> commands);
  absl::Status Handle(const v1::InventoryCommand& command) { return Handle({&command, 1}); }
  // The outcomes and refusals replied so far, oldest first.
  std::vector<order::v1::SagaReply> Replies();
  order::v1::SagaReply LastReply() { return Replies().back(); }

  static v1::InventoryCommand Reserve(const std::string& order_id,
                                      const std::vector<std::pair<std::string, int>>& lines);
  static v1::InventoryCommand Release(const std::string& order_id);
  static v1::InventoryCommand Commit(const std::string& order_id);
  static v1::InventoryCommand Restock(const std::string& order_id);

  // Options for many threads at once: waiting is not an error here.
  static postgres::PoolOptions PatientOptions(const testing::TemporaryDatabase& database);

  testing::TemporaryDatabase database_;
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
  telemetry::Metrics metrics_;
  postgres::Pool pool_;
  SilentProducer producer_;
  outbox::OutboxRelay relay_;
  outbox::Outbox outbox_{relay_};
  PostgresItemStore items_{pool_};
  PostgresStockStore stock_;
  StockCommandHandler handler_{stock_, outbox_, ids_, metrics_};
};

}  // namespace orderflow::inventory
