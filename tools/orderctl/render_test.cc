// Proves that prices are read exactly (no floating point, no silent rounding) and that times, money
// and refusals read well.
#include "tools/orderctl/render.h"

#include "gtest/gtest.h"

namespace orderflow::orderctl {
namespace {

TEST(ParsePrice, ReadsMinorUnitsExactly) {
  EXPECT_EQ(ParsePrice("12.34", "EUR").value(), 1234);
  EXPECT_EQ(ParsePrice("12.3", "EUR").value(), 1230);
  EXPECT_EQ(ParsePrice("12", "EUR").value(), 1200);
  EXPECT_EQ(ParsePrice("500", "JPY").value(), 500);
  EXPECT_EQ(ParsePrice("0.07", "EUR").value(), 7);
}

TEST(ParsePrice, RefusesWhatItWouldHaveToRoundOrGuess) {
  for (const char* text :
       {"", ".5", "1.", "1.234", "-1", "1e3", "1,50", "12.34 ", "1.-1", "99999999999999999999"}) {
    EXPECT_FALSE(ParsePrice(text, "EUR").ok()) << text;
  }
  EXPECT_FALSE(ParsePrice("1.5", "JPY").ok());
  EXPECT_FALSE(ParsePrice("1", "XXX").ok());
}

TEST(TimeText, IsUtcToTheMillisecond) {
  google::protobuf::Timestamp time;
  time.set_seconds(1'700'000'000);
  time.set_nanos(45'678'000);

  EXPECT_EQ(TimeText(time), "2023-11-14 22:13:20.045Z");
  EXPECT_EQ(TimeText(google::protobuf::Timestamp()), "");
}

TEST(RefusalText, NamesReasonCodeAndSkus) {
  common::v1::Refusal refusal;
  EXPECT_EQ(RefusalText(refusal), "");

  refusal.set_reason(common::v1::Refusal::REASON_OUT_OF_STOCK);
  refusal.set_message("not enough stock");
  refusal.add_skus("A");
  refusal.add_skus("B");

  EXPECT_EQ(RefusalText(refusal), "OUT_OF_STOCK: not enough stock [A, B]");
}

TEST(ShortName, DropsOnlyItsPrefix) {
  EXPECT_EQ(ShortName("ORDER_STATE_PENDING", "ORDER_STATE_"), "PENDING");
  EXPECT_EQ(ShortName("OTHER", "ORDER_STATE_"), "OTHER");
}

}  // namespace
}  // namespace orderflow::orderctl
