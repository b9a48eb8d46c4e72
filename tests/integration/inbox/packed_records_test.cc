// Proves on a real database that messages which share a record take effect once each, and none is
// lost, wherever a batch is split, fails, or dies; and that a damaged record is parked as a whole.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "fmt/format.h"
#include "libs/messaging/packed_messages.h"
#include "libs/testing/eventually.h"
#include "tests/integration/inbox/consumer_fixture.h"

namespace orderflow::inbox {
namespace {

using orderflow::testing::Eventually;
using ::testing::HasSubstr;

class PackedRecordsTest : public TransactionalConsumerTest {};

// The packed record of these tests is applied as: all of it, its first half, 0-0 alone, the poison
// alone (parked), its second half.
constexpr int kCallOfSecondHalf = 5;

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

TEST_F(PackedRecordsTest, WhatIsAppliedOfAPackedRecordStaysSoWhenTheRestIsTriedAgain) {
  log_.AppendPacked(0, {"0-0", "poison", "0-1", "0-2"});
  EffectsHandler handler;
  handler.fails_from_call = kCallOfSecondHalf;
  ConsumerControl control;
  Process process(*this, handler, control);
  ASSERT_TRUE(Eventually([&] { return handler.calls > kCallOfSecondHalf + 2; }));
  EXPECT_EQ(Effects(), "0-0");
  EXPECT_EQ(Progress(), 0) << "the record is not done";

  handler.fails_from_call = std::numeric_limits<int>::max();

  EXPECT_TRUE(EffectsBecome("0-0,0-1,0-2"));
  EXPECT_TRUE(Eventually([this] { return Progress() == 1; }));
  EXPECT_EQ(DeadLetters(), "poison") << "parked once";
}

TEST_F(PackedRecordsTest, AProcessThatDiesInsideAPackedRecordLosesNothingOfIt) {
  log_.AppendPacked(0, {"0-0", "poison", "0-1", "0-2"});
  EffectsHandler handler;
  handler.fails_from_call = kCallOfSecondHalf;
  ConsumerControl control;
  {
    Process dies(*this, handler, control);
    ASSERT_TRUE(Eventually([&] { return handler.calls >= kCallOfSecondHalf; }));
  }
  EXPECT_EQ(Effects(), "0-0");
  handler.fails_from_call = std::numeric_limits<int>::max();

  Process next(*this, handler, control);

  // Handled again from its beginning: this handler has no natural key, real ones do.
  EXPECT_TRUE(EffectsBecome("0-0,0-0,0-1,0-2"));
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
