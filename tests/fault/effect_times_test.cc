// Proves when two effects count as at the same time.
#include "tests/fault/effect_times.h"

#include <gtest/gtest.h>

namespace orderflow::fault {
namespace {

using std::chrono::milliseconds;

EffectTimes::Time At(int ms) { return EffectTimes::Time(milliseconds(ms)); }

TEST(EffectTimes, OneAfterTheOtherIsNotTogether) {
  EffectTimes times(2);
  times.Begin(0, At(10));
  times.End(0, At(20));
  times.Begin(1, At(30));
  times.End(1, At(40));

  EXPECT_FALSE(times.Together(At(50)).has_value());
  times.Begin(0, At(50));
  EXPECT_FALSE(times.Together(At(60)).has_value()) << "begun again, and the other one is over";
}

TEST(EffectTimes, CountsTheLongestTimeTogether) {
  EffectTimes times(2);
  times.Begin(0, At(0));
  times.Begin(1, At(10));
  EXPECT_EQ(times.Together(At(12)), milliseconds(2)) << "both go on";
  times.End(1, At(15));
  times.Begin(1, At(20));
  times.Begin(1, At(25));
  times.End(0, At(40));
  times.End(1, At(60));

  EXPECT_EQ(times.Together(At(99)), milliseconds(20));
}

TEST(EffectTimes, AMomentIsEnoughWhileTheOtherOneGoesOn) {
  EffectTimes times(2);
  times.Begin(0, At(0));
  times.Begin(1, At(10));
  times.End(1, At(10));
  times.End(0, At(20));

  EXPECT_EQ(times.Together(At(99)), milliseconds(0));
}

TEST(EffectTimes, AnEndWithoutABeginningIsNoEffect) {
  EffectTimes times(2);
  times.End(1, At(1));
  times.Begin(0, At(0));

  EXPECT_FALSE(times.Together(At(99)).has_value());
}

TEST(EffectTimes, KnowsWhoHasArrived) {
  EffectTimes times(2);
  times.Arrive(1);
  EXPECT_TRUE(times.HaveOthersArrived(0));
  EXPECT_FALSE(times.HaveOthersArrived(1));
  times.End(1, At(1));

  EXPECT_FALSE(times.HaveOthersArrived(0)) << "it was over too early";
}

}  // namespace
}  // namespace orderflow::fault
