// Proves on a real database that messages which share a record take effect once each, and none is
// lost, wherever a batch is split, fails, or dies; and that a damaged record is parked as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/inbox/batch_applier.h"
#include "libs/messaging/packed_messages.h"
#include "libs/testing/eventually.h"
#include "tests/integration/inbox/consumer_fixture.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const messaging::TopicPartition kPartition{"t", 0};

class PackedRecordsTest : public TransactionalConsumerTest {
 protected:
  // A record that is half applied after the first try: so many poison messages slow us down before
  // the last one. They are all parked.
  const std::vector<std::string> half_applied_ = {"0-0",      "poison-1", "poison-2", "poison-3",
                                                  "poison-4", "poison-5", "poison-6", "poison-7",
                                                  "poison-8", "poison-9", "poison-a", "0-1"};

  // An owner of the partition, from its assignment on, whose steps the test takes.
  struct Owner {
    explicit Owner(PackedRecordsTest& owned)
        : test(owned),
          progress(test.pool_, "g"),
          metrics(test.metrics_, "g"),
          applier({test.pool_, test.outbox_, handler, test.clock_, test.ids_}, {.group = "g"},
                  progress, metrics) {
      Load();
    }
    void Load() {
      const auto loaded = applier.Load({kPartition});
      ASSERT_THAT(loaded, IsOk());
      positions = *loaded;
    }
    // What is still to be applied of the last record of the log.
    std::vector<messaging::Record> Rest() {
      std::vector<messaging::Record> records =
          test.log_.At(kPartition, test.log_.End(kPartition) - 1);
      DropForeign(records, positions);
      applier.DropApplied(records);
      return records;
    }

    PackedRecordsTest& test;
    EffectsHandler handler;
    ConsumerProgress progress;
    ConsumerMetrics metrics;
    BatchApplier applier;
    Positions positions;
  };

  // One whose next record of the log is half applied.
  std::unique_ptr<Owner> HalfApply() {
    auto owner = std::make_unique<Owner>(*this);
    log_.AppendPacked(0, half_applied_);
    EXPECT_THAT(owner->applier.Apply(owner->Rest(), owner->positions),
                StatusIs(absl::StatusCode::kResourceExhausted));
    return owner;
  }
};

TEST_F(PackedRecordsTest, PoisonInAPackedRecordIsParkedAndItsNeighboursAreAppliedOnce) {
  log_.AppendPacked(0, {"0-0", "0-1", "0-2", "0-3", "0-4", "poison-5", "0-6", "0-7", "0-8"});
  log_.Append(0, "0-9");
  log_.AppendPacked(0, {"0-10", "0-11"});
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(Eventually([this] { return Progress() == 3; }));
  EXPECT_EQ(Effects(), "0-0,0-1,0-2,0-3,0-4,0-6,0-7,0-8,0-9,0-10,0-11");
  EXPECT_EQ(DeadLetters(), "poison-5");
  EXPECT_EQ(database_.QueryText("SELECT headers->>'ce_id' || ' ' || (headers->>'dlq_offset') FROM "
                                "outbox_messages"),
            "id-of-poison-5 0");
  EXPECT_THAT(metrics_.Expose(), HasSubstr("orderflow_consumer_records_total{group=\"g\"} 11"))
      << "messages";
  EXPECT_THAT(metrics_.Expose(),
              HasSubstr("orderflow_consumer_passed_offsets_total{group=\"g\"} 3"));
}

TEST_F(PackedRecordsTest, AfterASlowDownWhatIsAppliedOfARecordIsLeftOut) {
  const auto owner = HalfApply();

  owner->Load();
  EXPECT_THAT(owner->Rest(), ElementsAre(Field(&messaging::Record::value, "0-1")));

  EXPECT_THAT(owner->applier.Apply(owner->Rest(), owner->positions), IsOk());
  EXPECT_EQ(Effects(), "0-0,0-1");
  EXPECT_EQ(Progress(), 1);
}

TEST_F(PackedRecordsTest, AfterAFailureARecordIsHandledFromItsFirstMessage) {
  const auto owner = HalfApply();
  owner->Load();
  owner->handler.transient_failures = 1;

  EXPECT_THAT(owner->applier.Apply(owner->Rest(), owner->positions),
              StatusIs(absl::StatusCode::kUnavailable));
  owner->Load();

  EXPECT_THAT(owner->Rest(), SizeIs(half_applied_.size()))
      << "who took over for a database that failed may not have what it had committed";
}

TEST_F(PackedRecordsTest, AfterProgressCouldNotBeReadARecordIsHandledFromItsFirstMessage) {
  const auto owner = HalfApply();
  database_.Run("REVOKE SELECT ON consumer_progress FROM test_runtime");
  EXPECT_FALSE(owner->applier.Load({kPartition}).ok());
  database_.Run("GRANT SELECT ON consumer_progress TO test_runtime");

  owner->Load();

  EXPECT_THAT(owner->Rest(), SizeIs(half_applied_.size()));
}

TEST_F(PackedRecordsTest, ProgressThatStandsElsewhereIsBelieved) {
  log_.Append(0, "0-before");
  Owner before(*this);
  ASSERT_THAT(before.applier.Apply(before.Rest(), before.positions), IsOk());
  const auto owner = HalfApply();
  ASSERT_EQ(Progress(), 1);

  database_.Run("UPDATE consumer_progress SET next_offset = 0");
  owner->Load();

  EXPECT_THAT(owner->Rest(), SizeIs(half_applied_.size())) << "it was restored to an older state";
}

TEST_F(PackedRecordsTest, ALogMadeAnewIsReadFromItsFirstMessage) {
  const auto owner = HalfApply();

  ASSERT_THAT(owner->applier.BeginAnew({kPartition, 0, 0}), IsOk());
  owner->Load();

  EXPECT_THAT(owner->Rest(), SizeIs(half_applied_.size()));
}

TEST_F(PackedRecordsTest, APartitionThatWasTakenAwayInsideARecordBeginsWithItsFirstMessage) {
  log_.AppendPacked(0, half_applied_);
  EffectsHandler handler;
  ConsumerControl control;
  // With this message we are slowed down; at the poll after that the partition is away, once.
  bool is_ours = true;
  handler.on_handle = [&](std::span<const messaging::Record> records) {
    if (is_ours && records.size() == 1 && records.front().value == "poison-a") {
      is_ours = false;
      control.Rebalance();
    }
  };

  Process process(*this, handler, control);

  EXPECT_TRUE(Eventually([this] { return Effects() == "0-0,0-0,0-1"; })) << Effects();
}

TEST_F(PackedRecordsTest, AProcessThatDiesInsideAPackedRecordLosesNothingOfIt) {
  HalfApply().reset();
  EXPECT_EQ(Effects(), "0-0");
  EffectsHandler handler;
  ConsumerControl control;

  Process next(*this, handler, control);

  // Handled again from its beginning: this handler has no natural key, real ones do.
  EXPECT_TRUE(EffectsBecome("0-0,0-0,0-1"));
  EXPECT_TRUE(Eventually([this] { return Progress() == 1; }));
}

TEST_F(PackedRecordsTest, ARecordThatIsTooLargeForOneTransactionIsAppliedInSeveral) {
  log_.AppendPacked(0, {"0-0", "0-1", "0-2", "0-3", "0-4", "0-5", "0-6", "0-7", "0-8"});
  EffectsHandler handler;
  handler.records_max = 4;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(Eventually([this] { return Progress() == 1; }));
  EXPECT_EQ(Effects(), Expected(9));
}

TEST_F(PackedRecordsTest, ATransactionHoldsNoMoreMessagesThanItMay) {
  log_.AppendPacked(0, {"0-0", "0-1", "0-2"});
  log_.Append(0, "0-3");
  log_.AppendPacked(0, {"0-4", "0-5"});
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control, /*partition_count=*/1, /*batch_max=*/1);

  EXPECT_TRUE(Eventually([this] { return Progress() == 3; }));
  EXPECT_EQ(Effects(), Expected(6));
  EXPECT_EQ(handler.most_records, 1U) << "batching is off";
}

TEST_F(PackedRecordsTest, ADamagedPackedRecordIsParkedAsAWhole) {
  log_.Append(0, "0-0");
  log_.AppendDamaged(0, "0-damaged");
  log_.Append(0, "0-1");
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(Eventually([this] { return Progress() == 3; }));
  EXPECT_EQ(Effects(), Expected(2)) << "a handler that would take the bytes does not see them";
  EXPECT_EQ(DeadLetters(), "0-damaged");
  EXPECT_EQ(database_.QueryText("SELECT headers->>'content-type' FROM outbox_messages"),
            messaging::kPackedContentType)
      << "redriven, it is unpacked by a version that can";
}

TEST_F(PackedRecordsTest, ManyPoisonMessagesInOneRecordAreParkedOnceEach) {
  std::vector<std::string> values;
  for (int i = 0; i < 15; ++i) {
    values.push_back(fmt::format("poison-{}", i));
  }
  values.emplace_back("0-0");
  log_.AppendPacked(0, values);
  EffectsHandler handler;
  ConsumerControl control;

  Process process(*this, handler, control);

  EXPECT_TRUE(EffectsBecome(Expected(1)));
  EXPECT_TRUE(Eventually([this] { return Progress() == 1; }));
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM outbox_messages"), 15);
}

}  // namespace
}  // namespace orderflow::inbox
