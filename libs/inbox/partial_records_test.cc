// Proves that a batch that is tried again leaves out what is applied of a record that is not done,
// and nothing else.
#include "libs/inbox/partial_records.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::inbox {
namespace {

using messaging::Record;
using ::testing::ElementsAre;

constexpr int32_t kCount = 3;

Record At(int32_t partition, int64_t offset, int32_t index) {
  Record record;
  record.topic = "t";
  record.partition = partition;
  record.offset = offset;
  record.index = index;
  record.count = kCount;
  return record;
}

MATCHER_P3(IsAt, partition, offset, index, "") {
  return arg.partition == partition && arg.offset == offset && arg.index == index;
}

const std::vector<Record> kBatch = {At(0, 5, 0), At(0, 5, 1), At(0, 5, 2), At(0, 6, 0),
                                    At(0, 6, 1), At(0, 6, 2), At(1, 5, 0), At(1, 5, 1)};

class PartialRecordsTest : public ::testing::Test {
 protected:
  // What is left of the batch when it is tried again.
  std::vector<Record> Again() const {
    std::vector<Record> records = kBatch;
    partial_.DropApplied(records);
    return records;
  }

  PartialRecords partial_;
};

TEST_F(PartialRecordsTest, WhatIsAppliedOfARecordIsLeftOut) {
  partial_.NoteApplied(std::span(kBatch).first(1));
  partial_.NoteApplied(std::span(kBatch).subspan(1, 1));

  EXPECT_THAT(Again(), ElementsAre(IsAt(0, 5, 2), IsAt(0, 6, 0), IsAt(0, 6, 1), IsAt(0, 6, 2),
                                   IsAt(1, 5, 0), IsAt(1, 5, 1)));
}

TEST_F(PartialRecordsTest, ARecordThatIsDoneIsForgotten) {
  partial_.NoteApplied(std::span(kBatch).first(2));
  partial_.NoteApplied(std::span(kBatch).subspan(2, 1));

  EXPECT_EQ(Again().size(), kBatch.size()) << "progress stands behind it";
}

TEST_F(PartialRecordsTest, ARecordThatIsDoneBeforeTheLastOneIsForgotten) {
  partial_.NoteApplied(std::span(kBatch).first(2));
  partial_.NoteApplied(std::span(kBatch).subspan(2));

  EXPECT_THAT(Again(), ElementsAre(IsAt(0, 5, 0), IsAt(0, 5, 1), IsAt(0, 5, 2), IsAt(0, 6, 0),
                                   IsAt(0, 6, 1), IsAt(0, 6, 2)))
      << "only partition 1 has a record that is not done";
}

TEST_F(PartialRecordsTest, ARecordThatProgressDoesNotStandBeforeIsForgotten) {
  partial_.NoteApplied(std::span(kBatch).first(2));
  partial_.NoteApplied(std::span(kBatch).subspan(6, 1));

  partial_.Confirm({{{"t", 0}, 4}, {{"t", 1}, 5}});

  EXPECT_EQ(Again().size(), kBatch.size() - 1) << "partition 1 is where it was";
}

TEST_F(PartialRecordsTest, AllIsForgotten) {
  partial_.NoteApplied(std::span(kBatch).first(2));
  partial_.NoteApplied(std::span(kBatch).subspan(6, 1));

  partial_.ForgetAll();

  EXPECT_EQ(Again().size(), kBatch.size());
}

TEST_F(PartialRecordsTest, EachPartitionHasItsOwn) {
  partial_.NoteApplied(std::span(kBatch).first(4));
  partial_.NoteApplied(std::span(kBatch).subspan(6, 1));

  EXPECT_THAT(Again(), ElementsAre(IsAt(0, 5, 0), IsAt(0, 5, 1), IsAt(0, 5, 2), IsAt(0, 6, 1),
                                   IsAt(0, 6, 2), IsAt(1, 5, 1)));
}

TEST_F(PartialRecordsTest, APartitionThatIsNotOursIsForgotten) {
  partial_.NoteApplied(std::span(kBatch).first(2));

  partial_.Forget({"t", 0});

  EXPECT_EQ(Again().size(), kBatch.size());
}

TEST_F(PartialRecordsTest, NothingAppliedIsNothing) {
  partial_.NoteApplied({});

  EXPECT_EQ(Again().size(), kBatch.size());
}

}  // namespace
}  // namespace orderflow::inbox
