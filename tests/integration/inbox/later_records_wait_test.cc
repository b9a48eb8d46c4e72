// Proves on a real database that the records of a key are applied in the order in which they came,
// also when one of them was a dead letter for a while: later ones are parked behind it, a redriven
// one is taken when it is its turn, and a new owner of the partition knows what the last one knew.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "libs/base/uuid.h"
#include "libs/inbox/batch_applier.h"
#include "libs/messaging/headers.h"
#include "libs/outbox/outbox.h"
#include "libs/outbox/outbox_relay.h"
#include "libs/outbox/testing/scripted_producer.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/metrics.h"
#include "libs/testing/postgres/tcp_proxy.h"
#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/outbox_migrations.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::TcpProxy;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kGroup[] = "g";
const messaging::TopicPartition kPartition{"t", 0};

// Notes what is applied, and refuses what it is told to refuse.
class NotingHandler final : public BatchHandler {
 public:
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override {
    std::vector<std::string> values;
    for (const messaging::Record& record : records) {
      if (poison.contains(record.value)) {
        return absl::InvalidArgumentError("poison");
      }
      values.push_back(record.value);
    }
    transaction.AfterCommit(
        [this, values] { applied.insert(applied.end(), values.begin(), values.end()); });
    return absl::OkStatus();
  }

  std::set<std::string> poison;
  std::vector<std::string> applied;
};

class LaterRecordsWaitTest : public ::testing::Test {
 protected:
  // An owner of the partition, from its assignment on.
  struct Owner {
    explicit Owner(LaterRecordsWaitTest& test)
        : progress(test.pool_, kGroup),
          metrics(test.metrics_, kGroup),
          applier({test.pool_, test.outbox_, test.handler_, test.clock_, test.ids_},
                  {.group = kGroup, .later_records_wait = true}, progress, metrics) {
      Load();
    }
    void Load() {
      const auto loaded = applier.Load({kPartition});
      ASSERT_THAT(loaded, IsOk());
      positions = *loaded;
    }
    absl::Status Apply(const std::vector<messaging::Record>& records) {
      return applier.Apply(records, positions);
    }

    ConsumerProgress progress;
    ConsumerMetrics metrics;
    BatchApplier applier;
    Positions positions;
  };

  LaterRecordsWaitTest()
      : database_({&migrations::OutboxMigrations(), &migrations::InboxMigrations()}),
        proxy_(database_.server_port()),
        pool_(database_.PoolOptionsAtPort(proxy_.port())) {}

  // The next record of the log.
  messaging::Record Next(const std::string& key, const std::string& value) {
    messaging::Record record;
    record.topic = kPartition.topic;
    record.partition = kPartition.partition;
    record.key = key;
    record.value = value;
    record.offset = next_offset_++;
    return record;
  }
  // The same record again, as a person sends it.
  messaging::Record Redriven(const messaging::Record& record) {
    messaging::Record again = Next(record.key, record.value);
    again.headers.Set(messaging::kHeaderRedrivenOffset,
                      std::to_string(PlaceOf(record).first_offset));
    return again;
  }
  messaging::Record DiscardMark(const messaging::Record& record) {
    messaging::Record mark = Redriven(record);
    mark.value.clear();
    mark.headers.Set(messaging::kHeaderDiscarded, "true");
    return mark;
  }

  // The values of all dead letters, in the order in which they were parked.
  std::string DeadLetters() {
    return database_.QueryText(
        "SELECT coalesce(string_agg(convert_from(payload, 'UTF8'), ',' ORDER BY message_id), '') "
        "FROM outbox_messages WHERE topic = 't.dlq'");
  }
  int64_t CountParked() { return database_.QueryInt("SELECT count(*) FROM parked_records"); }

  orderflow::testing::TemporaryDatabase database_;
  TcpProxy proxy_;
  postgres::Pool pool_;
  SystemClock clock_;
  UuidV7Generator ids_{clock_};
  telemetry::Metrics metrics_;
  outbox::ScriptedProducer producer_{outbox::ScriptedProducer::Rule::kAcknowledge};
  outbox::OutboxRelay relay_{
      pool_, producer_, metrics_, {.source = "/test", .instance_id = "test"}};
  outbox::Outbox outbox_{relay_};
  NotingHandler handler_;
  int64_t next_offset_ = 0;
};

TEST_F(LaterRecordsWaitTest, WhatFollowsAPoisonRecordOfItsKeyWaitsBehindIt) {
  handler_.poison = {"a1"};
  Owner owner(*this);

  ASSERT_THAT(owner.Apply({Next("b", "b1"), Next("a", "a1"), Next("b", "b2"), Next("a", "a2")}),
              IsOk());
  ASSERT_THAT(owner.Apply({Next("a", "a3"), Next("b", "b3"), Next("", "c1")}), IsOk());

  EXPECT_THAT(handler_.applied, ElementsAre("b1", "b2", "b3", "c1"));
  EXPECT_EQ(DeadLetters(), "a1,a2,a3");
  EXPECT_EQ(CountParked(), 3);
  EXPECT_THAT(database_.QueryText("SELECT string_agg(headers->>'dlq_reason', '|' ORDER BY "
                                  "message_id) FROM outbox_messages"),
              HasSubstr("|waits behind the record of its key that first came at offset 1, which"));
}

TEST_F(LaterRecordsWaitTest, RedrivenRecordsAreAppliedInSequence) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  const messaging::Record first = Next("a", "a1");
  const messaging::Record second = Next("a", "a2");
  ASSERT_THAT(owner.Apply({first, second}), IsOk());
  handler_.poison.clear();

  ASSERT_THAT(owner.Apply({Redriven(first), Redriven(second), Next("a", "a3")}), IsOk());

  EXPECT_THAT(handler_.applied, ElementsAre("a1", "a2", "a3"));
  EXPECT_EQ(CountParked(), 0);
}

TEST_F(LaterRecordsWaitTest, ARecordThatIsRedrivenTooEarlyIsParkedAgainInItsPlace) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  const messaging::Record first = Next("a", "a1");
  const messaging::Record second = Next("a", "a2");
  ASSERT_THAT(owner.Apply({first, second}), IsOk());
  handler_.poison.clear();
  const messaging::Record too_early = Redriven(second);

  ASSERT_THAT(owner.Apply({too_early, Next("a", "a3"), Redriven(first)}), IsOk());

  EXPECT_THAT(handler_.applied, ElementsAre("a1"));
  EXPECT_EQ(DeadLetters(), "a1,a2,a2,a3");
  ASSERT_THAT(owner.Apply({Redriven(too_early), Redriven(second)}), IsOk());
  EXPECT_THAT(handler_.applied, ElementsAre("a1", "a2", "a2"))
      << "before a3; natural keys absorb the copy";
  EXPECT_EQ(CountParked(), 1);
}

TEST_F(LaterRecordsWaitTest, ARedrivenRecordThatFailsAgainKeepsItsPlace) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  const messaging::Record first = Next("a", "a1");
  const messaging::Record second = Next("a", "a2");
  ASSERT_THAT(owner.Apply({first, second}), IsOk());
  const messaging::Record again = Redriven(first);

  ASSERT_THAT(owner.Apply({again, Redriven(second)}), IsOk());

  EXPECT_THAT(handler_.applied, IsEmpty());
  EXPECT_EQ(DeadLetters(), "a1,a2,a1,a2");
  EXPECT_EQ(CountParked(), 2);
  handler_.poison.clear();
  ASSERT_THAT(owner.Apply({Redriven(again), Redriven(second)}), IsOk());
  EXPECT_THAT(handler_.applied, ElementsAre("a1", "a2"));
}

// After a loss of Kafka: the new topic begins again, and the dead letters are gone with the old
// one.
TEST_F(LaterRecordsWaitTest, ForgottenPositionsBeginAgainFenceWhoRunsAndLetGoWhatWaited) {
  handler_.poison = {"a1"};
  Owner old_owner(*this);
  ASSERT_THAT(old_owner.Apply({Next("a", "a1"), Next("a", "a2")}), IsOk());
  ASSERT_EQ(CountParked(), 2);

  EXPECT_THAT(ConsumerProgress(pool_, kGroup).Forget(), IsOkAndHolds(1));
  ASSERT_THAT(ConsumerProgress(pool_, "another group").Forget(), IsOkAndHolds(0));

  EXPECT_TRUE(IsFenced(old_owner.Apply({Next("b", "b1")})));
  Owner owner(*this);
  EXPECT_EQ(owner.positions.at(kPartition), 0);
  next_offset_ = 0;
  ASSERT_THAT(owner.Apply({Next("a", "a2")}), IsOk());
  EXPECT_THAT(handler_.applied, ElementsAre("a2"));
  EXPECT_EQ(CountParked(), 0);
}

TEST_F(LaterRecordsWaitTest, ADiscardedRecordHoldsNothingBack) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  const messaging::Record first = Next("a", "a1");
  const messaging::Record second = Next("a", "a2");
  ASSERT_THAT(owner.Apply({first, second}), IsOk());

  const messaging::Record mark = DiscardMark(first);
  ASSERT_THAT(owner.Apply({mark, Redriven(second), Next("a", "a3"), DiscardMark(first)}), IsOk());

  EXPECT_THAT(handler_.applied, ElementsAre("a2", "a3"));
  EXPECT_EQ(DeadLetters(), "a1,a2");
  EXPECT_EQ(CountParked(), 0);
}

// The outbox sends at least once.
TEST_F(LaterRecordsWaitTest, ARedrivenRecordThatComesTwiceChangesNoOrder) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  const messaging::Record first = Next("a", "a1");
  const messaging::Record second = Next("a", "a2");
  ASSERT_THAT(owner.Apply({first, second}), IsOk());
  handler_.poison.clear();

  ASSERT_THAT(owner.Apply({Redriven(first), Redriven(first), Redriven(second)}), IsOk());

  EXPECT_THAT(handler_.applied, ElementsAre("a1", "a1", "a2"))
      << "natural keys absorb the second one; it is not taken for one that waits";
  EXPECT_EQ(DeadLetters(), "a1,a2");
}

TEST_F(LaterRecordsWaitTest, TheNextOwnerKnowsWhatIsParked) {
  handler_.poison = {"a1"};
  const messaging::Record first = Next("a", "a1");
  {
    Owner owner(*this);
    ASSERT_THAT(owner.Apply({first}), IsOk());
  }
  Owner next(*this);

  ASSERT_THAT(next.Apply({Next("a", "a2")}), IsOk());

  EXPECT_EQ(DeadLetters(), "a1,a2");
}

// A zombie believes that nothing is parked: what it applies must roll back.
TEST_F(LaterRecordsWaitTest, AnOwnerThatWasOvertakenIsFencedBeforeItBreaksTheSequence) {
  handler_.poison = {"a1"};
  const messaging::Record first = Next("a", "a1");
  const messaging::Record second = Next("a", "a2");
  Owner zombie(*this);
  Owner successor(*this);
  ASSERT_THAT(successor.Apply({first}), IsOk());

  const absl::Status status = zombie.Apply({first, second});

  EXPECT_TRUE(IsFenced(status)) << status;
  EXPECT_THAT(handler_.applied, IsEmpty());
  zombie.Load();
  ASSERT_THAT(zombie.Apply({second}), IsOk());
  EXPECT_EQ(DeadLetters(), "a1,a2");
}

// The commit has happened and its answer is lost: memory and table must not part.
TEST_F(LaterRecordsWaitTest, ACommitInDoubtIsReadAgain) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  const messaging::Record first = Next("a", "a1");
  proxy_.Arm(TcpProxy::Fault::kCutAfterCommit);

  EXPECT_FALSE(owner.Apply({first}).ok());
  ASSERT_TRUE(proxy_.struck());
  owner.Load();
  ASSERT_THAT(owner.Apply({Next("a", "a2")}), IsOk());

  EXPECT_EQ(DeadLetters(), "a1,a2");
  EXPECT_THAT(handler_.applied, IsEmpty());
}

TEST_F(LaterRecordsWaitTest, ALogMadeAnewHoldsNothingBack) {
  handler_.poison = {"a1"};
  Owner owner(*this);
  ASSERT_THAT(owner.Apply({Next("b", "b1"), Next("a", "a1")}), IsOk());

  ASSERT_THAT(owner.applier.BeginAnew({kPartition, 2, 0}), IsOk());
  owner.Load();
  next_offset_ = 0;
  ASSERT_THAT(owner.Apply({Next("b", "b1"), Next("b", "b2"), Next("b", "b3"), Next("a", "a2")}),
              IsOk());

  EXPECT_THAT(handler_.applied, ElementsAre("b1", "b1", "b2", "b3", "a2"));
  EXPECT_EQ(CountParked(), 0);
}

}  // namespace
}  // namespace orderflow::inbox
