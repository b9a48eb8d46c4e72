// Proves that messages which waited in the table's first form are published after the migration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/outbox/outbox_store.h"
#include "libs/postgres/pool.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::outbox {
namespace {

using orderflow::testing::IsOkAndHolds;
using ::testing::SizeIs;

TEST(OutboxMigration, TakesOverWhatWaits) {
  const postgres::MigrationSet& all = migrations::OutboxMigrations();
  const postgres::MigrationSet first{all.component, {all.migrations[0]}};
  orderflow::testing::TemporaryDatabase database({&first});
  database.Run(
      "INSERT INTO outbox VALUES ('01a20e43-3bc5-70b7-b022-95910e94137b', 'order.events', 'k', "
      "'x.Y', 7, "
      "'00-a', '{\"a\": \"b\"}', '\\x00ff', '2026-01-02 03:04:05+00')");
  database.Run(
      "INSERT INTO outbox VALUES ('01a20e43-3bc5-70b7-b022-95910e94137c', 't', 'k', 'x.Y', 0, '', "
      "NULL, '')");

  ASSERT_THAT(postgres::Migrate(database.migration_target(), {&all}), orderflow::testing::IsOk());

  postgres::Pool pool(database.PoolOptions());
  const auto messages = OutboxStore(pool).ReadOlderThan(Duration::zero(), "", {.rows_max = 10});
  ASSERT_THAT(messages, IsOkAndHolds(SizeIs(2)));
  const OutboxMessage& message = messages->front();
  EXPECT_EQ(message.message_id, "01a20e43-3bc5-70b7-b022-95910e94137b");
  EXPECT_EQ(message.batch_id, message.message_id);
  EXPECT_EQ(message.topic, "order.events");
  EXPECT_EQ(message.sequence, 7);
  EXPECT_EQ(message.headers_json, "{\"a\": \"b\"}");
  EXPECT_EQ(message.payload, std::string("\0\xff", 2));
  EXPECT_EQ(messages->back().headers_json, "");
  EXPECT_EQ(database.QueryText("SELECT create_time::text FROM outbox ORDER BY batch_id LIMIT 1"),
            "2026-01-02 03:04:05+00");
}

}  // namespace
}  // namespace orderflow::outbox
