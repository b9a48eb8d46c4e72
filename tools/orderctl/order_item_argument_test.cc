// Proves how order lines are read from the command line, and that the server's rules are left to
// the server (a quantity of 0 or -1 must be able to reach it).
#include "tools/orderctl/order_item_argument.h"

#include "gtest/gtest.h"

namespace orderflow::orderctl {
namespace {

TEST(OrderItemArgument, ReadsSkuAndQuantity) {
  EXPECT_EQ(ParseOrderItem("TEA=3")->sku(), "TEA");
  EXPECT_EQ(ParseOrderItem("TEA=3")->quantity(), 3);
  EXPECT_EQ(ParseOrderItem("TEA")->quantity(), 1);
  EXPECT_EQ(ParseOrderItem("TEA=0")->quantity(), 0);
  EXPECT_EQ(ParseOrderItem("TEA=-1")->quantity(), -1);
  EXPECT_EQ(ParseOrderItem("=2")->sku(), "");
}

TEST(OrderItemArgument, RefusesWhatIsNotANumber) {
  for (const char* text : {"TEA=", "TEA=two", "TEA=1.5", "TEA=1x", "TEA=99999999999"}) {
    EXPECT_EQ(ParseOrderItem(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace orderflow::orderctl
