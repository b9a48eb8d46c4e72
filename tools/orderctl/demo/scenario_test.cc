// Proves that the demo's mix is the same on every run, shows each scenario early, and keeps slow
// ones rare; and that its requests stay within the stock that the demo provides.
#include "tools/orderctl/demo/scenario.h"

#include <map>
#include <set>

#include "gtest/gtest.h"

namespace orderflow::orderctl {
namespace {

TEST(DemoScenario, ShowsOneOfEachInTheFirstEight) {
  std::set<Scenario> seen;
  for (int index = 0; index < 8; ++index) {
    seen.insert(ScenarioOf(index));
  }
  EXPECT_EQ(seen.size(), 8U);
}

TEST(DemoScenario, KeepsSlowOnesRare) {
  std::map<Scenario, int> count;
  for (int index = 0; index < 2000; ++index) {
    ++count[ScenarioOf(index)];
  }
  EXPECT_EQ(count[Scenario::kSlow], 10);
  EXPECT_EQ(count[Scenario::kNoAnswer], 10);
  EXPECT_EQ(count[Scenario::kDeclined], 100);
  EXPECT_EQ(count[Scenario::kCancelConfirmed], 100);
}

TEST(DemoScenario, MakesTheSameRequestAgain) {
  EXPECT_EQ(RequestFor(7, "r", "id").SerializeAsString(),
            RequestFor(7, "r", "id").SerializeAsString());
}

TEST(DemoScenario, StaysWithinTheStockProvided) {
  const DemoItem& sold_out = DemoCatalogue().back();
  for (int index = 0; index < 200; ++index) {
    std::set<std::string> skus;
    const order::v1::CreateOrderRequest request = RequestFor(index, "r", "id");
    for (const auto& item : request.items()) {
      EXPECT_TRUE(skus.insert(item.sku()).second) << "each SKU once, order " << index;
      if (item.sku() == sold_out.sku) {
        EXPECT_EQ(ScenarioOf(index), Scenario::kOutOfStock);
      } else {
        EXPECT_LE(item.quantity(), kDemoQuantityMax);
      }
    }
  }
}

TEST(DemoScenario, NamesEveryCustomerOnce) {
  const std::vector<std::string> customers = CustomersOf("r", 1000);
  const std::set<std::string> known(customers.begin(), customers.end());

  EXPECT_EQ(known.size(), customers.size());
  for (int index = 0; index < 50; ++index) {
    EXPECT_EQ(known.count(RequestFor(index, "r", "id").customer_id()), 1U);
  }
}

}  // namespace
}  // namespace orderflow::orderctl
