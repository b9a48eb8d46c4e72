// Proves the spacing of tries on a time line made by hand.
#include "services/notification/domain/rate_limiter.h"

#include <gtest/gtest.h>

namespace orderflow::notification {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const RateLimiter::Time kNow{seconds(1000)};

TEST(RateLimiter, FirstTakeIsFreeAndTheNextAreSpaced) {
  RateLimiter under_test(10);

  EXPECT_EQ(under_test.Take(kNow), kNow);
  EXPECT_EQ(under_test.Take(kNow), kNow + milliseconds(100));
  EXPECT_EQ(under_test.Take(kNow), kNow + milliseconds(200));
}

TEST(RateLimiter, IdleTimeIsNotSavedUp) {
  RateLimiter under_test(10);
  under_test.Take(kNow);

  const auto later = kNow + seconds(60);

  EXPECT_EQ(under_test.Take(later), later);
  EXPECT_EQ(under_test.Take(later), later + milliseconds(100));
}

}  // namespace
}  // namespace orderflow::notification
