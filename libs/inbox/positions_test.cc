// Proves the arithmetic of progress: a batch moves each of its partitions from where it is believed
// to be to behind its last record, and other partitions not at all; and what is read again or was
// never ours is dropped.
#include "libs/inbox/positions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::inbox {
namespace {

using messaging::TopicPartition;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

messaging::Record At(int32_t partition, int64_t offset) {
  messaging::Record record;
  record.topic = "t";
  record.partition = partition;
  record.offset = offset;
  return record;
}

MATCHER_P3(Step, partition, expected, next, "") {
  return arg.partition == TopicPartition{"t", partition} && arg.expected == expected &&
         arg.next == next;
}

MATCHER_P2(IsAt, partition, offset, "") {
  return arg.partition == partition && arg.offset == offset;
}

TEST(Positions, MoveBehindTheLastRecordOfEachPartition) {
  const Positions positions = {{{"t", 0}, 5}, {{"t", 1}, 0}, {{"t", 2}, 9}};
  const std::vector<messaging::Record> records = {At(1, 2), At(0, 5), At(0, 6), At(1, 4)};

  EXPECT_THAT(StepsFor(records, positions), ElementsAre(Step(0, 5, 7), Step(1, 0, 5)));
}

TEST(Positions, NoRecordsNoSteps) { EXPECT_THAT(StepsFor({}, {{{"t", 0}, 5}}), IsEmpty()); }

TEST(Positions, NoStepBackwards) {
  const std::vector<messaging::Record> records = {At(0, 3)};

  EXPECT_THAT(StepsFor(records, {{{"t", 0}, 5}}), IsEmpty());
}

// A message of a packed record of three.
messaging::Record PackedAt(int32_t partition, int64_t offset, int32_t index) {
  messaging::Record record = At(partition, offset);
  record.index = index;
  record.count = 3;
  return record;
}

TEST(Positions, StayBeforeAPackedRecordUntilItsLastMessageIsDone) {
  const Positions positions = {{{"t", 0}, 5}};
  const std::vector<messaging::Record> record = {PackedAt(0, 5, 0), PackedAt(0, 5, 1),
                                                 PackedAt(0, 5, 2)};

  EXPECT_THAT(StepsFor(std::span(record).first(2), positions), ElementsAre(Step(0, 5, 5)))
      << "a step all the same: who is behind is fenced";
  EXPECT_THAT(StepsFor(std::span(record).subspan(2), positions), ElementsAre(Step(0, 5, 6)));
  EXPECT_THAT(StepsFor(record, positions), ElementsAre(Step(0, 5, 6)));
}

TEST(Positions, MoveUpToARecordInsideOfWhichABatchEnds) {
  const Positions positions = {{{"t", 0}, 5}, {{"t", 1}, 9}};
  const std::vector<messaging::Record> records = {At(1, 9), At(0, 6), PackedAt(0, 7, 0)};

  EXPECT_THAT(StepsFor(records, positions), ElementsAre(Step(0, 5, 7), Step(1, 9, 10)));
}

TEST(Positions, ATransactionTakesWholeRecordsAsLongAsTheyFit) {
  const std::vector<messaging::Record> records = {
      At(0, 4),          PackedAt(0, 5, 0), PackedAt(0, 5, 1), PackedAt(0, 5, 2),
      PackedAt(1, 9, 0), PackedAt(1, 9, 1), PackedAt(1, 9, 2)};

  EXPECT_EQ(SliceSize(records, 7), 7U);
  EXPECT_EQ(SliceSize(records, 6), 4U);
  EXPECT_EQ(SliceSize(records, 4), 4U);
  EXPECT_EQ(SliceSize(records, 3), 1U);
  EXPECT_EQ(SliceSize(std::span(records).subspan(1), 2), 2U) << "the record alone is too large";
  EXPECT_EQ(SliceSize(std::span(records).subspan(3), 2), 1U) << "what is left of it";
}

TEST(Positions, AreMovedBySteps) {
  Positions positions = {{{"t", 0}, 5}, {{"t", 2}, 9}};

  ApplySteps({{{"t", 0}, 5, 7}}, positions);

  EXPECT_EQ(positions, (Positions{{{"t", 0}, 7}, {{"t", 2}, 9}}));
}

TEST(Positions, WhatIsReadAgainOrBelongsToOthersIsDropped) {
  std::vector<messaging::Record> records = {At(0, 4), At(0, 5), At(3, 0)};

  DropForeign(records, {{{"t", 0}, 5}});

  EXPECT_THAT(records, ElementsAre(IsAt(0, 5)));
}

}  // namespace
}  // namespace orderflow::inbox
