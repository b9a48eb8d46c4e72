#include "libs/rpc/rate_limit.h"

#include <gtest/gtest.h>

namespace orderflow::rpc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Timestamp kStart{seconds(1'800'000'000)};

TEST(RateLimit, LetsABurstThroughAndThenOnePerInterval) {
  RateLimit limit({.per_second = 10, .burst = 3});

  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limit.Take("ann", kStart), Duration::zero()) << i;
  }
  EXPECT_EQ(limit.Take("ann", kStart), milliseconds(100));
  EXPECT_EQ(limit.Take("bob", kStart), Duration::zero());
  EXPECT_EQ(limit.Take("ann", kStart + milliseconds(40)), milliseconds(60));
  EXPECT_EQ(limit.Take("ann", kStart + milliseconds(100)), Duration::zero());
  EXPECT_EQ(limit.Take("ann", kStart + milliseconds(100)), milliseconds(100));
}

TEST(RateLimit, AQuietTimeGivesTheBurstBackAndNotMore) {
  RateLimit limit({.per_second = 10, .burst = 3});
  for (int i = 0; i < 3; ++i) {
    limit.Take("ann", kStart);
  }

  const Timestamp later = kStart + seconds(3600);
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(limit.Take("ann", later), Duration::zero()) << i;
  }
  EXPECT_GT(limit.Take("ann", later), Duration::zero());
}

TEST(RateLimit, AClockThatIsPutBackLocksNobodyOut) {
  RateLimit limit({.per_second = 10, .burst = 3});
  limit.Take("ann", kStart);

  EXPECT_LE(limit.Take("ann", kStart - seconds(3600)), milliseconds(100));
}

TEST(RateLimit, RemembersABoundedNumberOfCustomers) {
  RateLimit limit({.per_second = 1, .burst = 1, .customers_max = 100});
  for (int i = 0; i < 100; ++i) {
    limit.Take("old-" + std::to_string(i), kStart);
  }
  // Those who are quiet are forgotten first.
  limit.Take("new", kStart + seconds(2));
  EXPECT_EQ(limit.remembered(), 1U);

  for (int i = 0; i < 1'000; ++i) {
    limit.Take("many-" + std::to_string(i), kStart + seconds(2));
  }
  EXPECT_LE(limit.remembered(), 100U);
}

TEST(RateLimit, NoneIsNone) {
  RateLimit limit({});
  for (int i = 0; i < 1'000; ++i) {
    ASSERT_EQ(limit.Take("ann", kStart), Duration::zero());
  }
  EXPECT_EQ(limit.remembered(), 0U);
}

}  // namespace
}  // namespace orderflow::rpc
