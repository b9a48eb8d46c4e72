#include "tests/integration/inventory/inventory_fixture.h"

#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "libs/postgres/transaction.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/inventory_migrations.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::inventory {
namespace {

constexpr postgres::Statement kReadReplies{
    "test_read_replies", "SELECT payload FROM outbox_messages ORDER BY message_id LIMIT 100000"};

// The invariants of a stock at rest, as tools/verify checks them. Counts SKUs that break one.
constexpr char kBrokenSkus[] =
    "SELECT count(*) FROM items WHERE on_hand <>"
    " (SELECT coalesce(sum(delta), 0) FROM stock_adjustments WHERE sku = items.sku)"
    " - (SELECT coalesce(sum(quantity), 0) FROM reservations,"
    "    unnest(skus, quantities) AS line (line_sku, quantity)"
    "    WHERE state = 'COMMITTED' AND line_sku = items.sku)"
    " OR reserved <> (SELECT coalesce(sum(quantity), 0) FROM reservations,"
    "    unnest(skus, quantities) AS line (line_sku, quantity)"
    "    WHERE state = 'RESERVED' AND line_sku = items.sku)";

v1::InventoryCommand ACommand(const std::string& order_id, const std::string& step) {
  v1::InventoryCommand command;
  command.mutable_step()->set_saga_id(order_id);
  command.mutable_step()->set_order_id(order_id);
  command.mutable_step()->set_step(step);
  command.mutable_step()->set_attempt(1);
  return command;
}

}  // namespace

InventoryDatabaseTest::InventoryDatabaseTest(Duration reservation_ttl)
    : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                 &migrations::InventoryMigrations()}),
      pool_(PatientOptions(database_)),
      relay_(pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}),
      stock_(pool_, reservation_ttl) {}

postgres::PoolOptions InventoryDatabaseTest::PatientOptions(
    const testing::TemporaryDatabase& database) {
  postgres::PoolOptions options = database.PoolOptions();
  options.size_max = 8;
  options.acquire_timeout = std::chrono::seconds(20);
  options.lock_timeout = std::chrono::seconds(10);
  return options;
}

void InventoryDatabaseTest::TearDown() { EXPECT_EQ(database_.QueryInt(kBrokenSkus), 0); }

void InventoryDatabaseTest::AddItem(const std::string& sku, int64_t pieces) {
  ASSERT_THAT(items_.Upsert({Sku(sku), "An item", {"EUR", 100}}), testing::IsOk());
  if (pieces > 0) {
    ASSERT_THAT(items_.Adjust({RequestId(ids_.NewId()), Sku(sku), pieces, "received"}),
                testing::IsOk());
  }
}

Stock InventoryDatabaseTest::StockOf(const std::string& sku) {
  const absl::StatusOr<Item> item = items_.Get(Sku(sku));
  EXPECT_THAT(item, testing::IsOk());
  return item.ok() ? item->stock : Stock{};
}

std::string InventoryDatabaseTest::StateOf(const std::string& order_id) {
  return database_.QueryText("SELECT state FROM reservations WHERE order_id = '" + order_id + "'");
}

absl::Status InventoryDatabaseTest::Handle(postgres::Pool& pool,
                                           std::span<const v1::InventoryCommand> commands) {
  std::vector<messaging::Record> records;
  for (const v1::InventoryCommand& command : commands) {
    messaging::Record record;
    record.topic = messaging::kInventoryCommands;
    record.key = command.step().order_id();
    record.value = command.SerializeAsString();
    record.partition = 0;
    record.offset = static_cast<int64_t>(records.size());
    records.push_back(std::move(record));
  }
  return pool.RunInTransaction(
      [&](postgres::Transaction& transaction) { return handler_.Handle(transaction, records); });
}

std::vector<order::v1::SagaReply> InventoryDatabaseTest::Replies() {
  std::vector<order::v1::SagaReply> replies;
  EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    replies.clear();
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kReadReplies));
    for (const postgres::Row& row : rows) {
      EXPECT_TRUE(replies.emplace_back().ParseFromString(row.Bytes(0)));
    }
    return absl::OkStatus();
  }),
              testing::IsOk());
  return replies;
}

v1::InventoryCommand InventoryDatabaseTest::Reserve(
    const std::string& order_id, const std::vector<std::pair<std::string, int>>& lines) {
  v1::InventoryCommand command = ACommand(order_id, "reserve_stock");
  for (const auto& [sku, quantity] : lines) {
    v1::StockLine& line = *command.mutable_reserve_stock()->add_lines();
    line.set_sku(sku);
    line.set_quantity(quantity);
  }
  return command;
}

v1::InventoryCommand InventoryDatabaseTest::Release(const std::string& order_id) {
  v1::InventoryCommand command = ACommand(order_id, "reserve_stock");
  command.mutable_step()->set_compensation(true);
  command.mutable_release_stock();
  return command;
}

v1::InventoryCommand InventoryDatabaseTest::Commit(const std::string& order_id) {
  v1::InventoryCommand command = ACommand(order_id, "commit_reservation");
  command.mutable_commit_reservation();
  return command;
}

v1::InventoryCommand InventoryDatabaseTest::Restock(const std::string& order_id) {
  v1::InventoryCommand command = ACommand(order_id, "restock");
  command.mutable_restock();
  return command;
}

}  // namespace orderflow::inventory
