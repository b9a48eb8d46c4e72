// Proves the distribution's shape and its edges.
#include "tools/loadgen/zipf.h"

#include "gtest/gtest.h"

namespace orderflow::loadgen {
namespace {

TEST(Zipf, GivesEachRankItsShare) {
  const Zipf zipf(3, 1.0);  // shares 6/11, 3/11, 2/11

  EXPECT_EQ(zipf.Rank(0.0), 0U);
  EXPECT_EQ(zipf.Rank(0.54), 0U);
  EXPECT_EQ(zipf.Rank(0.55), 1U);
  EXPECT_EQ(zipf.Rank(0.81), 1U);
  EXPECT_EQ(zipf.Rank(0.82), 2U);
  EXPECT_EQ(zipf.Rank(0.999999), 2U);
}

TEST(Zipf, StaysWithinItsSize) {
  EXPECT_EQ(Zipf(1, 1.0).Rank(0.9999999999), 0U);
  EXPECT_EQ(Zipf(10, 0.0).Rank(1.0), 9U);
}

}  // namespace
}  // namespace orderflow::loadgen
