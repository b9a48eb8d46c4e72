// Proves how a request becomes a priced order: prices come from quotes only, every bad line is
// named, totals never wrap, and the body hash tells different bodies apart.

#include "services/order/domain/create_order.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::StatusIs;

CreateOrder ARequest() {
  return {.key = {CustomerId("c1"), RequestId("018f6a9e-7c1b-7d3e-9a5f-0123456789ab")},
          .lines = {{Sku("A"), 2, 0}, {Sku("B"), 1, 0}},
          .payment_method_token = "tok_approve",
          .email = "a@example.com",
          .currency_code = "EUR",
          .body_hash = "",
          .traceparent = "",
          .deadline = {}};
}

absl::StatusOr<Order> Price(const CreateOrder& request, const Quotes& quotes) {
  return PriceOrder(request, quotes, OrderId("o"), Timestamp(Duration(7)));
}

TEST(PriceOrder, TakesUnitPricesFromTheQuotes) {
  CreateOrder request = ARequest();
  request.lines[0].unit_price_minor = 1;  // what a client claims does not count

  const auto order = Price(request, {{Sku("A"), {"EUR", 250}}, {Sku("B"), {"EUR", 1000}}});

  ASSERT_TRUE(order.ok()) << order.status();
  EXPECT_EQ(order->lines[0].unit_price_minor, 250);
  EXPECT_EQ(order->total, (Money{"EUR", 1500}));
  EXPECT_EQ(order->state(), OrderState::kPending);
  EXPECT_EQ(order->create_time(), Timestamp(Duration(7)));
}

TEST(PriceOrder, NamesEveryUnknownAndForeignSku) {
  const auto order = Price(ARequest(), {{Sku("B"), {"USD", 1000}}});

  ASSERT_THAT(order, StatusIs(absl::StatusCode::kInvalidArgument));
  const auto violations = DetailsOf(order.status()).field_violations;
  ASSERT_EQ(violations.size(), 2u);
  EXPECT_EQ(violations[0], (FieldViolation{"items[0].sku", "unknown SKU A"}));
  EXPECT_EQ(violations[1],
            (FieldViolation{"items[1].sku", "SKU B is priced in USD, the order is in EUR"}));
}

TEST(PriceOrder, RefusesATotalThatIsTooLarge) {
  EXPECT_THAT(Price(ARequest(), {{Sku("A"), {"EUR", kAmountMinorMax}}, {Sku("B"), {"EUR", 1}}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(PriceOrder, RefusesAnOrderThatCostsNothing) {
  EXPECT_THAT(Price(ARequest(), {{Sku("A"), {"EUR", 0}}, {Sku("B"), {"EUR", 0}}}),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(BodyHash, DiffersWhenAnyPartOfTheBodyDiffers) {
  const std::string original = BodyHash(ARequest());
  CreateOrder quantity = ARequest();
  quantity.lines[0].quantity = 3;
  CreateOrder sku = ARequest();
  sku.lines[1].sku = Sku("C");
  CreateOrder token = ARequest();
  token.payment_method_token = "tok_other";
  CreateOrder email = ARequest();
  email.email = "b@example.com";
  CreateOrder currency = ARequest();
  currency.currency_code = "USD";

  for (const CreateOrder& other : {quantity, sku, token, email, currency}) {
    EXPECT_NE(BodyHash(other), original);
  }
  EXPECT_EQ(BodyHash(ARequest()), original);
}

}  // namespace
}  // namespace orderflow::order
