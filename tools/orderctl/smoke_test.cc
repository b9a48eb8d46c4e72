// Proves what `orderctl smoke` says: passed only when both orders ended as meant, otherwise the
// first check that failed and where to look.
#include "tools/orderctl/smoke.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderflow::orderctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

DemoOrder AnOrder(Scenario scenario, order::v1::OrderState state) {
  DemoOrder order;
  order.scenario = scenario;
  order.order_id = "order-1";
  order.state = state;
  order.at_rest = true;
  return order;
}

std::vector<DemoOrder> GoodOrders() {
  return {AnOrder(Scenario::kApproved, order::v1::ORDER_STATE_CONFIRMED),
          AnOrder(Scenario::kDeclined, order::v1::ORDER_STATE_REJECTED)};
}

TEST(Smoke, PassesWhenBothOrdersEndAsMeant) {
  const std::vector<SmokeCheck> checks = SmokeChecks(absl::OkStatus(), GoodOrders());

  EXPECT_TRUE(Passed(checks));
  EXPECT_THAT(SmokeText(checks),
              AllOf(HasSubstr("order order-1 is CONFIRMED"), HasSubstr("smoke: passed\n")));
}

TEST(Smoke, PlacesOneOrderThatIsApprovedAndOneThatIsDeclined) {
  ASSERT_EQ(kSmokeOrders, 2);
  EXPECT_EQ(ScenarioOf(0), Scenario::kApproved);
  EXPECT_EQ(ScenarioOf(1), Scenario::kDeclined);
}

TEST(Smoke, NamesTheOrderThatIsStillUnderWay) {
  std::vector<DemoOrder> orders = GoodOrders();
  orders[0].state = order::v1::ORDER_STATE_PENDING;
  orders[0].at_rest = false;

  const std::vector<SmokeCheck> checks = SmokeChecks(absl::OkStatus(), orders);

  EXPECT_FALSE(Passed(checks));
  EXPECT_THAT(SmokeText(checks), AllOf(HasSubstr("orderctl saga explain order-1"),
                                       HasSubstr("smoke: failed at: approved order\n")));
}

TEST(Smoke, SaysWhyAnOrderWasNotAccepted) {
  std::vector<DemoOrder> orders = GoodOrders();
  orders[1].order_id.clear();
  orders[1].error = absl::UnavailableError("connection refused");

  const std::string text = SmokeText(SmokeChecks(absl::OkStatus(), orders));

  EXPECT_THAT(text, AllOf(HasSubstr("connection refused"),
                          HasSubstr("smoke: failed at: declined order\n")));
}

TEST(Smoke, LooksAtNoOrderWithoutStock) {
  const std::vector<SmokeCheck> checks =
      SmokeChecks(absl::UnavailableError("connection refused"), {});

  ASSERT_EQ(checks.size(), 1U);
  EXPECT_FALSE(Passed(checks));
  EXPECT_THAT(SmokeText(checks), AllOf(HasSubstr("look at inventory-service"),
                                       HasSubstr("smoke: failed at: stock\n")));
}

}  // namespace
}  // namespace orderflow::orderctl
