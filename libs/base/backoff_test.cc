// Proves the growth, the cap and the spread of BackoffDelay by its values: it is a pure function.

#include "libs/base/backoff.h"

#include <gtest/gtest.h>

#include <limits>

namespace orderflow {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr BackoffPolicy kPolicy{.initial = milliseconds(100), .max = seconds(1)};

TEST(BackoffDelay, DoublesWithEachAttempt) {
  EXPECT_EQ(BackoffDelay(kPolicy, 1, 0.5), milliseconds(50));
  EXPECT_EQ(BackoffDelay(kPolicy, 2, 0.5), milliseconds(100));
  EXPECT_EQ(BackoffDelay(kPolicy, 3, 0.5), milliseconds(200));
  EXPECT_EQ(BackoffDelay(kPolicy, 4, 0.5), milliseconds(400));
}

TEST(BackoffDelay, StaysAtTheCap) {
  EXPECT_EQ(BackoffDelay(kPolicy, 5, 0.5), milliseconds(500));
  EXPECT_EQ(BackoffDelay(kPolicy, 6, 0.5), milliseconds(500));
  EXPECT_EQ(BackoffDelay(kPolicy, std::numeric_limits<int>::max(), 0.5), milliseconds(500));
}

TEST(BackoffDelay, SpreadsOverTheWholeCap) {
  EXPECT_EQ(BackoffDelay(kPolicy, 4, 0.25), milliseconds(200));
  EXPECT_EQ(BackoffDelay(kPolicy, 4, 0.75), milliseconds(600));
  EXPECT_LT(BackoffDelay(kPolicy, 4, 0.999999), milliseconds(800));
}

TEST(BackoffDelay, IsNeverZero) { EXPECT_EQ(BackoffDelay(kPolicy, 1, 0.0), microseconds(1)); }

TEST(BackoffDelay, TakesAttemptsBelowOneAsTheFirst) {
  EXPECT_EQ(BackoffDelay(kPolicy, 0, 0.5), milliseconds(50));
  EXPECT_EQ(BackoffDelay(kPolicy, -3, 0.5), milliseconds(50));
}

TEST(BackoffDelay, DoesNotOverflowWithLongDelays) {
  const BackoffPolicy hourly{.initial = hours(1), .max = hours(24)};

  EXPECT_EQ(BackoffDelay(hourly, 1'000'000, 0.5), hours(12));
}

}  // namespace
}  // namespace orderflow
