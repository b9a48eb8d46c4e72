// Proves the statements on the outbox tables: every column survives, reading is by age and in
// order, and the lease has one owner at a time by the database's clock.
#include "libs/outbox/outbox_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/outbox/outbox_record.h"
#include "libs/postgres/pool.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::outbox {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::SequentialIds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class OutboxStoreTest : public ::testing::Test {
 protected:
  OutboxStoreTest()
      : database_({&migrations::OutboxMigrations()}),
        pool_(database_.PoolOptions()),
        store_(pool_) {}

  OutboxMessage Insert(int number) {
    OutboxMessage message{.message_id = SequentialIds::IdAt(static_cast<uint64_t>(number)),
                          .topic = "t",
                          .key = "k",
                          .type = "x.Y",
                          .sequence = number,
                          .traceparent = "00-a",
                          .payload = std::string("\0\xff", 2),
                          .headers_json = HeadersToJson({{"dlq_reason", std::string("\0\"ü", 4)}})};
    EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) {
      std::vector<OutboxMessage> messages = {message};
      return OutboxStore::Insert(transaction, messages);
    }),
                IsOk());
    return message;
  }

  // `count` messages of one transaction, with numbers from `first` on.
  void InsertRow(size_t first, size_t count) {
    std::vector<OutboxMessage> messages(count);
    for (size_t i = 0; i < count; ++i) {
      messages[i].message_id = SequentialIds::IdAt(first + i);
      messages[i].topic = "t";
      messages[i].key = "k";
    }
    EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) {
      return OutboxStore::Insert(transaction, messages);
    }),
                IsOk());
  }

  orderflow::testing::TemporaryDatabase database_;
  postgres::Pool pool_;
  OutboxStore store_;
};

TEST_F(OutboxStoreTest, KeepsEveryColumn) {
  const OutboxMessage message = Insert(1);

  const auto read = store_.ReadOlderThan(Duration::zero(), "", {.rows_max = 10});

  ASSERT_THAT(read, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ((*read)[0].message_id, message.message_id);
  EXPECT_EQ((*read)[0].topic, message.topic);
  EXPECT_EQ((*read)[0].key, message.key);
  EXPECT_EQ((*read)[0].type, message.type);
  EXPECT_EQ((*read)[0].sequence, message.sequence);
  EXPECT_EQ((*read)[0].traceparent, message.traceparent);
  EXPECT_EQ((*read)[0].payload, message.payload);
  EXPECT_EQ((*read)[0].headers_json, message.headers_json);
}

// So that a row of hundreds, fifty times, is not in memory at once.
TEST_F(OutboxStoreTest, ReadsNoFurtherRowOnceThereAreEnoughMessages) {
  for (const size_t first : {1, 4, 7}) {
    InsertRow(first, 3);
  }

  const auto read = [this](size_t messages_max) {
    return store_.ReadOlderThan(Duration::zero(), "", {.messages_max = messages_max});
  };
  EXPECT_THAT(read(1), IsOkAndHolds(SizeIs(3))) << "a whole row, however few may be read";
  EXPECT_THAT(read(3), IsOkAndHolds(SizeIs(3)));
  EXPECT_THAT(read(4), IsOkAndHolds(SizeIs(6)));
  EXPECT_THAT(read(7), IsOkAndHolds(SizeIs(9)));
}

TEST_F(OutboxStoreTest, KeepsTheMessagesOfATransactionInOneRow) {
  std::vector<OutboxMessage> messages(3);
  for (size_t i = 0; i < messages.size(); ++i) {
    messages[i].message_id = SequentialIds::IdAt(i + 1);
    messages[i].topic = "t";
    messages[i].key = "k" + std::to_string(i);
    messages[i].sequence = static_cast<int64_t>(i);
    messages[i].headers_json = i == 1 ? R"({"a":"b"})" : "";
  }

  EXPECT_THAT(pool_.RunInTransaction([&](postgres::Transaction& transaction) {
    return OutboxStore::Insert(transaction, messages);
  }),
              IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox"), 1);
  EXPECT_EQ(store_.Depth()->messages, 3);
  const auto read = store_.ReadOlderThan(Duration::zero(), "", {.rows_max = 1});
  ASSERT_THAT(read, IsOkAndHolds(SizeIs(3)));
  for (size_t i = 0; i < messages.size(); ++i) {
    EXPECT_EQ((*read)[i].batch_id, messages[0].message_id);
    EXPECT_EQ((*read)[i].message_id, messages[i].message_id);
    EXPECT_EQ((*read)[i].key, messages[i].key);
    EXPECT_EQ((*read)[i].sequence, messages[i].sequence);
    EXPECT_EQ((*read)[i].headers_json, messages[i].headers_json);
  }
  EXPECT_THAT(store_.Delete({messages[0].batch_id}), IsOk());
  EXPECT_EQ(store_.Depth()->messages, 0);
}

TEST_F(OutboxStoreTest, ReadsInPages) {
  Insert(3);
  Insert(1);
  Insert(2);

  const auto first = store_.ReadOlderThan(Duration::zero(), "", {.rows_max = 2});
  ASSERT_THAT(first, IsOkAndHolds(SizeIs(2)));
  const auto second = store_.ReadOlderThan(Duration::zero(), (*first)[1].batch_id, {.rows_max = 2});

  ASSERT_THAT(second, IsOkAndHolds(SizeIs(1)));
  EXPECT_EQ((*first)[0].sequence, 1);
  EXPECT_EQ((*first)[1].sequence, 2);
  EXPECT_EQ((*second)[0].sequence, 3);
  EXPECT_THAT(store_.ReadOlderThan(std::chrono::hours(1), "", {.rows_max = 10}),
              IsOkAndHolds(IsEmpty()));
}

TEST_F(OutboxStoreTest, DeletesAndCounts) {
  Insert(1);
  Insert(2);
  EXPECT_EQ(store_.Depth()->messages, 2);

  EXPECT_THAT(
      store_.Delete({SequentialIds::IdAt(2), SequentialIds::IdAt(1), SequentialIds::IdAt(9)}),
      IsOk());

  const auto depth = store_.Depth();
  ASSERT_THAT(depth, IsOk());
  EXPECT_EQ(depth->messages, 0);
  EXPECT_EQ(depth->oldest_age_seconds, 0);
}

TEST_F(OutboxStoreTest, LeaseHasOneOwner) {
  EXPECT_THAT(store_.AcquireLease("a", std::chrono::hours(1)), IsOkAndHolds(true));
  EXPECT_THAT(store_.AcquireLease("b", std::chrono::hours(1)), IsOkAndHolds(false));
  EXPECT_THAT(store_.AcquireLease("a", std::chrono::hours(1)), IsOkAndHolds(true)) << "renewed";
  EXPECT_EQ(database_.QueryInt("SELECT epoch FROM outbox_sweep_lease"), 1);

  EXPECT_THAT(store_.ReleaseLease("b"), IsOk());
  EXPECT_THAT(store_.AcquireLease("b", std::chrono::hours(1)), IsOkAndHolds(false))
      << "not b's to release";
  EXPECT_THAT(store_.ReleaseLease("a"), IsOk());
  EXPECT_THAT(store_.AcquireLease("b", std::chrono::hours(1)), IsOkAndHolds(true));
}

TEST_F(OutboxStoreTest, LeaseExpires) {
  ASSERT_THAT(store_.AcquireLease("a", std::chrono::milliseconds(1)), IsOkAndHolds(true));

  EXPECT_TRUE(orderflow::testing::Eventually(
      [this] { return store_.AcquireLease("b", std::chrono::hours(1)).value_or(false); }));
  EXPECT_EQ(database_.QueryInt("SELECT epoch FROM outbox_sweep_lease"), 2);
}

}  // namespace
}  // namespace orderflow::outbox
