// Proves that orders of a run are valid, repeatable, and recognised again by their address only.
#include "tools/loadgen/order_mix.h"

#include <algorithm>
#include <set>

#include "gtest/gtest.h"

namespace orderflow::loadgen {
namespace {

TEST(OrderMix, MakesTheSameOrdersAgain) {
  OrderMix first({.run = "r"});
  OrderMix second({.run = "r"});

  for (uint32_t index = 0; index < 100; ++index) {
    EXPECT_EQ(first.Make(index, "id").request.SerializeAsString(),
              second.Make(index, "id").request.SerializeAsString());
  }
}

TEST(OrderMix, NamesEachSkuOnce) {
  OrderMix mix({.run = "r", .skus = 2});

  for (uint32_t index = 0; index < 100; ++index) {
    std::set<std::string> skus;
    const order::v1::CreateOrderRequest request = mix.Make(index, "id").request;
    for (const auto& item : request.items()) {
      EXPECT_TRUE(skus.insert(item.sku()).second);
    }
    EXPECT_GE(skus.size(), 1U);
    EXPECT_LE(skus.size(), 2U);
  }
}

TEST(OrderMix, HoldsItsSharesOfOrdersThatEndOtherwise) {
  OrderMix mix({.run = "r", .declined = 0.2, .sold_out = 0.1, .cancelled = 0.1});
  int declined = 0;
  int sold_out = 0;
  int cancelled = 0;
  int several = 0;

  for (uint32_t index = 0; index < 10'000; ++index) {
    const MixedOrder order = mix.Make(index, "id");
    const bool is_declined = order.request.payment_method_token() != "tok_approve";
    const bool is_sold_out = order.request.items(0).sku() == kSoldOutSku;
    declined += is_declined ? 1 : 0;
    sold_out += is_sold_out ? 1 : 0;
    cancelled += order.cancel ? 1 : 0;
    several += is_declined + is_sold_out + order.cancel > 1 ? 1 : 0;
  }

  EXPECT_NEAR(declined, 2'000, 200);
  EXPECT_NEAR(sold_out, 1'000, 150);
  EXPECT_NEAR(cancelled, 1'000, 150);
  EXPECT_EQ(several, 0);
}

TEST(OrderMix, NamesTheHotSkuOnceInEveryOrder) {
  OrderMix mix({.run = "r", .skus = 2, .hot_sku = SkuOf(0)});
  size_t lines_most = 0;

  for (uint32_t index = 0; index < 100; ++index) {
    int hot = 0;
    const order::v1::CreateOrderRequest request = mix.Make(index, "id").request;
    for (const auto& item : request.items()) {
      hot += item.sku() == SkuOf(0) ? 1 : 0;
    }
    EXPECT_EQ(hot, 1);
    lines_most = std::max(lines_most, static_cast<size_t>(request.items_size()));
  }

  EXPECT_EQ(lines_most, 2U);
}

TEST(IndexInEmail, FindsTheNumberOfThisRunOnly) {
  OrderMix mix({.run = "r"});

  EXPECT_EQ(IndexInEmail(mix.Make(42, "id").request.email(), "r"), 42U);
  EXPECT_EQ(IndexInEmail(mix.Make(42, "id").request.email(), "other"), std::nullopt);
  EXPECT_EQ(IndexInEmail("load-r-@example.com", "r"), std::nullopt);
  EXPECT_EQ(IndexInEmail("load-r-7", "r"), std::nullopt);
  EXPECT_EQ(IndexInEmail("ann@example.com", "r"), std::nullopt);
}

}  // namespace
}  // namespace orderflow::loadgen
