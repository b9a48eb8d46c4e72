// Proves when a worker rests between two batches, and for how long.

#include "libs/base/batch_pace.h"

#include <chrono>

#include "gtest/gtest.h"

namespace orderflow {
namespace {

using std::chrono::milliseconds;

constexpr size_t kSizeMax = 256;
constexpr BatchPace kPace{.interval = milliseconds(20)};

TEST(BatchPace, RestsForWhatIsLeftOfTheInterval) {
  EXPECT_EQ(RestAfterBatch(kPace, 20, kSizeMax, milliseconds(3)), milliseconds(17));
}

TEST(BatchPace, RestsAsLongAsItWorkedOnceThatIsLonger) {
  EXPECT_EQ(RestAfterBatch(kPace, 20, kSizeMax, milliseconds(10)), milliseconds(10));
  EXPECT_EQ(RestAfterBatch(kPace, 20, kSizeMax, milliseconds(35)), milliseconds(35));
}

TEST(BatchPace, RestsNoLongerThanTheBound) {
  EXPECT_EQ(RestAfterBatch(kPace, 20, kSizeMax, milliseconds(400)), kPace.rest_max);
}

TEST(BatchPace, AddsNothingWhenNextToNothingIsGoingOn) {
  EXPECT_EQ(RestAfterBatch(kPace, 15, kSizeMax, milliseconds(3)), Duration::zero());
  EXPECT_GT(RestAfterBatch(kPace, 16, kSizeMax, milliseconds(3)), Duration::zero());
  EXPECT_EQ(RestingBatchMin({.interval = milliseconds(50)}), 40U) << "as many a second";
}

TEST(BatchPace, NothingIsNoBatch) {
  EXPECT_EQ(RestAfterBatch({.interval = milliseconds(20), .records_per_second_min = 0}, 0, kSizeMax,
                           milliseconds(0)),
            Duration::zero());
}

TEST(BatchPace, AFullBatchIsFollowedAtOnce) {
  EXPECT_EQ(RestAfterBatch(kPace, kSizeMax, kSizeMax, milliseconds(3)), Duration::zero());
  EXPECT_EQ(RestAfterBatch({.interval = milliseconds(20), .records_per_second_min = 0}, 1, 1,
                           milliseconds(3)),
            Duration::zero());
}

TEST(BatchPace, IsOffWithoutAnInterval) {
  EXPECT_EQ(RestAfterBatch({}, 20, kSizeMax, milliseconds(35)), Duration::zero());
}

TEST(BatchPace, AClockThatWasSetBackMakesNoLongerRest) {
  EXPECT_EQ(RestAfterBatch(kPace, 20, kSizeMax, -std::chrono::hours(1)), kPace.interval);
}

TEST(BatchPace, AnIntervalMayBeLongerThanTheBoundOfTheRest) {
  EXPECT_EQ(RestAfterBatch({.interval = milliseconds(100), .records_per_second_min = 0}, 1,
                           kSizeMax, milliseconds(10)),
            milliseconds(90));
}

}  // namespace
}  // namespace orderflow
