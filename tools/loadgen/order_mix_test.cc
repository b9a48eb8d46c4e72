// Proves that orders of a run are valid, repeatable, and recognised again by their address only.
#include "tools/loadgen/order_mix.h"

#include <set>

#include "gtest/gtest.h"

namespace orderflow::loadgen {
namespace {

TEST(OrderMix, MakesTheSameOrdersAgain) {
  OrderMix first({.run = "r"});
  OrderMix second({.run = "r"});

  for (uint32_t index = 0; index < 100; ++index) {
    EXPECT_EQ(first.Make(index, "id").SerializeAsString(),
              second.Make(index, "id").SerializeAsString());
  }
}

TEST(OrderMix, NamesEachSkuOnce) {
  OrderMix mix({.run = "r", .skus = 2});

  for (uint32_t index = 0; index < 100; ++index) {
    std::set<std::string> skus;
    const order::v1::CreateOrderRequest request = mix.Make(index, "id");
    for (const auto& item : request.items()) {
      EXPECT_TRUE(skus.insert(item.sku()).second);
    }
    EXPECT_GE(skus.size(), 1U);
    EXPECT_LE(skus.size(), 2U);
  }
}

TEST(IndexInEmail, FindsTheNumberOfThisRunOnly) {
  OrderMix mix({.run = "r"});

  EXPECT_EQ(IndexInEmail(mix.Make(42, "id").email(), "r"), 42U);
  EXPECT_EQ(IndexInEmail(mix.Make(42, "id").email(), "other"), std::nullopt);
  EXPECT_EQ(IndexInEmail("load-r-@example.com", "r"), std::nullopt);
  EXPECT_EQ(IndexInEmail("load-r-7", "r"), std::nullopt);
  EXPECT_EQ(IndexInEmail("ann@example.com", "r"), std::nullopt);
}

}  // namespace
}  // namespace orderflow::loadgen
