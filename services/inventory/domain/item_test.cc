// Proves which stock adjustments are allowed and when two count as the same, on values alone.
#include "services/inventory/domain/item.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::inventory {
namespace {

using testing::IsOk;
using testing::StatusIs;

StockAdjustment Adjust(int64_t delta) {
  return {.request_id = RequestId("0190a8a0-0000-7000-8000-000000000001"),
          .sku = Sku("mug"),
          .delta = delta,
          .reason = "counted"};
}

TEST(CheckAdjustment, TakesWhatIsAvailableAndNoPieceMore) {
  const Stock stock{.on_hand = 10, .reserved = 4};

  EXPECT_THAT(CheckAdjustment(stock, Adjust(-6)), IsOk());
  const absl::Status refused = CheckAdjustment(stock, Adjust(-7));

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(refused).reason, "INSUFFICIENT_STOCK");
  EXPECT_EQ(DetailsOf(refused).metadata.at("sku"), "mug");
}

TEST(CheckAdjustment, KeepsStockBelowItsLimit) {
  const Stock stock{.on_hand = kOnHandMax - 1, .reserved = 0};

  EXPECT_THAT(CheckAdjustment(stock, Adjust(1)), IsOk());
  EXPECT_THAT(CheckAdjustment(stock, Adjust(2)), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST(BodyHash, DiffersWithEveryFieldButTheRequestId) {
  const StockAdjustment first = Adjust(5);
  StockAdjustment same = first, other_sku = first, other_delta = first, other_reason = first;
  same.request_id = RequestId("0190a8a0-0000-7000-8000-000000000002");
  other_sku.sku = Sku("cup");
  other_delta.delta = 6;
  other_reason.reason = "found";

  EXPECT_EQ(BodyHash(same), BodyHash(first));
  EXPECT_NE(BodyHash(other_sku), BodyHash(first));
  EXPECT_NE(BodyHash(other_delta), BodyHash(first));
  EXPECT_NE(BodyHash(other_reason), BodyHash(first));
}

}  // namespace
}  // namespace orderflow::inventory
