// Proves the arithmetic of progress: a batch moves each of its partitions from where it is believed
// to be to behind its last record, and other partitions not at all; and what counts as a fence.
#include "libs/inbox/consumer_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/errors.h"

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

TEST(ConsumerProgress, MovesBehindTheLastRecordOfEachPartition) {
  const Positions positions = {{{"t", 0}, 5}, {{"t", 1}, 0}, {{"t", 2}, 9}};
  const std::vector<messaging::Record> records = {At(0, 5), At(1, 2), At(0, 6), At(1, 4)};

  EXPECT_THAT(StepsFor(records, positions), ElementsAre(Step(0, 5, 7), Step(1, 0, 5)));
}

TEST(ConsumerProgress, NoRecordsNoSteps) { EXPECT_THAT(StepsFor({}, {{{"t", 0}, 5}}), IsEmpty()); }

TEST(ConsumerProgress, OnlyTheMarkMakesAFence) {
  EXPECT_TRUE(IsFenced(TypedError(absl::StatusCode::kCancelled, "moved", "CONSUMER_FENCED")));
  EXPECT_FALSE(IsFenced(absl::CancelledError("a peer has ended the call")));
  EXPECT_FALSE(IsFenced(TypedError(absl::StatusCode::kInternal, "moved", "CONSUMER_FENCED")));
  EXPECT_FALSE(IsFenced(absl::OkStatus()));
}

TEST(ConsumerProgress, AppliesSteps) {
  Positions positions = {{{"t", 0}, 5}, {{"t", 2}, 9}};

  ApplySteps({{{"t", 0}, 5, 7}}, positions);

  EXPECT_EQ(positions, (Positions{{{"t", 0}, 7}, {{"t", 2}, 9}}));
}

}  // namespace
}  // namespace orderflow::inbox
