// Proves that accepted orders count until they are at rest, each once, only those of this process,
// and that what never comes to rest is forgotten.

#include "services/order/domain/order_backlog.h"

#include <gtest/gtest.h>

#include <string>

#include "libs/testing/fake_clock.h"

namespace orderflow::order {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

class OrderBacklogTest : public ::testing::Test {
 protected:
  testing::FakeClock clock_;
  OrderBacklog backlog_{clock_, seconds(1)};
};

TEST_F(OrderBacklogTest, CountsAnOrderUntilItIsAtRest) {
  backlog_.Accepted(OrderId("a"));
  backlog_.Accepted(OrderId("b"));
  EXPECT_EQ(backlog_.counts().waiting, 2);

  backlog_.AtRest(OrderId("a"));

  EXPECT_EQ(backlog_.counts().accepted, 2);
  EXPECT_EQ(backlog_.counts().finished, 1);
  EXPECT_EQ(backlog_.counts().finished_late, 0);
  EXPECT_EQ(backlog_.counts().waiting, 1);
}

TEST_F(OrderBacklogTest, CountsARepeatedAnswerAndARepeatedEventOnce) {
  backlog_.Accepted(OrderId("a"));
  backlog_.Accepted(OrderId("a"));
  backlog_.AtRest(OrderId("a"));
  backlog_.AtRest(OrderId("a"));

  EXPECT_EQ(backlog_.counts().accepted, 1);
  EXPECT_EQ(backlog_.counts().finished, 1);
  EXPECT_EQ(backlog_.counts().waiting, 0);
}

TEST_F(OrderBacklogTest, DoesNotCountWhatAnotherProcessAccepted) {
  backlog_.AtRest(OrderId("of another replica"));

  EXPECT_EQ(backlog_.counts().finished, 0);
  EXPECT_EQ(backlog_.counts().waiting, 0);
}

TEST_F(OrderBacklogTest, TellsWhatWasLate) {
  backlog_.Accepted(OrderId("a"));
  clock_.Advance(seconds(2));

  backlog_.AtRest(OrderId("a"));

  EXPECT_EQ(backlog_.counts().finished_late, 1);
}

TEST_F(OrderBacklogTest, RemembersAnOrderForAMinuteAndForgetsItAfterTwo) {
  backlog_.Accepted(OrderId("parked"));
  clock_.Advance(minutes(1));
  backlog_.Accepted(OrderId("b"));
  EXPECT_EQ(backlog_.counts().waiting, 2);

  clock_.Advance(minutes(1));
  backlog_.Accepted(OrderId("c"));

  EXPECT_EQ(backlog_.counts().waiting, 2);
  backlog_.AtRest(OrderId("parked"));
  EXPECT_EQ(backlog_.counts().finished, 0);
}

TEST_F(OrderBacklogTest, HoldsOnlySoMany) {
  constexpr int kMany = 500'000;

  for (int i = 0; i < kMany; ++i) {
    backlog_.Accepted(OrderId(std::to_string(i)));
  }

  EXPECT_EQ(backlog_.counts().accepted, kMany);
  EXPECT_LE(backlog_.counts().waiting, 2 * 131'072);
}

}  // namespace
}  // namespace orderflow::order
