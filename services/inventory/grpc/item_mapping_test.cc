// Proves that requests are checked field by field, all at once, and that answers say what is
// stored.
#include "services/inventory/grpc/item_mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::inventory {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using ::testing::UnorderedElementsAre;

constexpr char kRequestId[] = "0190a8a0-0000-7000-8000-000000000001";

template <class T>
std::vector<std::string> ViolatedFields(const absl::StatusOr<T>& result) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(result.status()).field_violations) {
    fields.push_back(violation.field);
  }
  return fields;
}

Item AnItem(const std::string& sku) {
  return {.sku = Sku(sku),
          .name = "A mug",
          .unit_price = {"EUR", 1250},
          .stock = {.on_hand = 10, .reserved = 3},
          .create_time = Timestamp(Duration(1'500'000)),
          .update_time = Timestamp(Duration(2'000'001))};
}

TEST(QuoteItemsRequest, AsksForEachSkuOnceInOrder) {
  v1::QuoteItemsRequest request;
  for (const char* sku : {"mug", "cup", "mug"}) {
    request.add_skus(sku);
  }

  const auto skus = FromProto(request);

  ASSERT_THAT(skus, IsOk());
  EXPECT_THAT(*skus, ElementsAre(Sku("cup"), Sku("mug")));
}

TEST(QuoteItemsRequest, RefusesNoneTooManyAndMalformed) {
  v1::QuoteItemsRequest none, many, malformed;
  for (int i = 0; i <= kQuotedSkusMax; ++i) {
    many.add_skus("mug");
  }
  malformed.add_skus("mug");
  malformed.add_skus("not a sku");

  EXPECT_THAT(ViolatedFields(FromProto(none)), ElementsAre("skus"));
  EXPECT_THAT(ViolatedFields(FromProto(many)), ElementsAre("skus"));
  EXPECT_THAT(ViolatedFields(FromProto(malformed)), ElementsAre("skus[1]"));
}

TEST(UpsertItemRequest, NamesEveryViolatedField) {
  v1::UpsertItemRequest request;
  request.mutable_unit_price()->set_amount_minor(-1);

  EXPECT_THAT(
      ViolatedFields(FromProto(request)),
      UnorderedElementsAre("sku", "name", "unit_price.currency_code", "unit_price.amount_minor"));
}

TEST(UpsertItemRequest, AcceptsAFreeItem) {
  v1::UpsertItemRequest request;
  request.set_sku("mug");
  request.set_name("Tasse für Kaffee");
  request.mutable_unit_price()->set_currency_code("EUR");

  const auto description = FromProto(request);

  ASSERT_THAT(description, IsOk());
  EXPECT_EQ(description->unit_price, (Money{"EUR", 0}));
}

TEST(AdjustStockRequest, NamesEveryViolatedField) {
  v1::AdjustStockRequest request;
  request.set_request_id("1");
  request.set_reason(std::string(kAdjustmentReasonBytesMax + 1, 'x'));

  EXPECT_THAT(ViolatedFields(FromProto(request)),
              UnorderedElementsAre("request_id", "sku", "delta", "reason"));
}

TEST(AdjustStockRequest, BoundsTheDeltaBothWays) {
  v1::AdjustStockRequest request;
  request.set_request_id(kRequestId);
  request.set_sku("mug");
  request.set_reason("counted");

  for (const int64_t delta : {kAdjustmentMax, -kAdjustmentMax}) {
    request.set_delta(delta);
    EXPECT_THAT(FromProto(request), IsOk());
  }
  for (const int64_t delta : {kAdjustmentMax + 1, -kAdjustmentMax - 1, INT64_MIN}) {
    request.set_delta(delta);
    EXPECT_THAT(ViolatedFields(FromProto(request)), ElementsAre("delta"));
  }
}

TEST(ListItemsRequest, RefusesNegativeSizesAndForeignTokens) {
  v1::ListItemsRequest request;
  request.set_page_size(-1);
  request.set_page_token("garbage");

  EXPECT_THAT(ViolatedFields(FromProto(request)), UnorderedElementsAre("page_size", "page_token"));
}

TEST(ListItemsResponse, PointsBehindItsLastItemWhenThereAreMore) {
  const std::vector<Item> items = {AnItem("a"), AnItem("b"), AnItem("c")};

  const v1::ListItemsResponse page = ToProto(items, {.after = Sku(), .size = 2});
  v1::ListItemsRequest next;
  next.set_page_token(page.next_page_token());

  ASSERT_EQ(page.items_size(), 2);
  EXPECT_EQ(page.items(1).sku(), "b");
  EXPECT_EQ(FromProto(next)->after, Sku("b"));
  EXPECT_THAT(ToProto(items, {.after = Sku(), .size = 3}).next_page_token(), IsEmpty());
}

TEST(QuoteItemsResponse, SeparatesKnownFromUnknown) {
  const v1::QuoteItemsResponse response =
      ToProto({Sku("a"), Sku("b"), Sku("c")}, {{Sku("b"), {"EUR", 5}, 7}});

  ASSERT_EQ(response.quotes_size(), 1);
  EXPECT_EQ(response.quotes(0).sku(), "b");
  EXPECT_EQ(response.quotes(0).unit_price().amount_minor(), 5);
  EXPECT_EQ(response.quotes(0).available(), 7);
  EXPECT_THAT(response.unknown_skus(), ElementsAre("a", "c"));
}

TEST(ItemMessage, SaysStockAndTimes) {
  const v1::Item item = ToProto(AnItem("mug"));

  EXPECT_EQ(item.on_hand(), 10);
  EXPECT_EQ(item.reserved(), 3);
  EXPECT_EQ(item.available(), 7);
  EXPECT_EQ(item.create_time().seconds(), 1);
  EXPECT_EQ(item.create_time().nanos(), 500'000'000);
  EXPECT_EQ(item.update_time().nanos(), 1'000);
}

}  // namespace
}  // namespace orderflow::inventory
