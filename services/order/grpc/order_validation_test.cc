// Proves that bad input is refused with every violated field, by the table of the API's rules, and
// that good input comes through as it is.

#include "services/order/grpc/order_validation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;

constexpr char kUuid[] = "018F6A9E-7C1B-7D3E-9A5F-0123456789AB";

v1::CreateOrderRequest ARequest() {
  v1::CreateOrderRequest request;
  request.set_request_id(kUuid);
  request.set_customer_id("c1");
  v1::OrderItem& item = *request.add_items();
  item.set_sku("A");
  item.set_quantity(2);
  request.set_payment_method_token("tok_approve");
  request.set_email("a@example.com");
  request.set_currency_code("EUR");
  return request;
}

std::vector<std::string> ViolatedFields(const absl::Status& status) {
  std::vector<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(status).field_violations) {
    fields.push_back(violation.field);
  }
  return fields;
}

struct BadRequest {
  const char* name;
  std::function<void(v1::CreateOrderRequest&)> spoil;
  const char* field;
};

class ValidateCreateOrderTest : public ::testing::TestWithParam<BadRequest> {};

TEST_P(ValidateCreateOrderTest, NamesTheViolatedField) {
  v1::CreateOrderRequest request = ARequest();
  GetParam().spoil(request);

  const auto result = ValidateCreateOrder(request);

  ASSERT_THAT(result, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ViolatedFields(result.status()), ElementsAre(GetParam().field));
}

INSTANTIATE_TEST_SUITE_P(
    Rules, ValidateCreateOrderTest,
    ::testing::Values(
        BadRequest{"NoRequestId", [](auto& r) { r.clear_request_id(); }, "request_id"},
        BadRequest{"MalformedRequestId", [](auto& r) { r.set_request_id("not-a-uuid"); },
                   "request_id"},
        BadRequest{"NoCustomer", [](auto& r) { r.clear_customer_id(); }, "customer_id"},
        BadRequest{"LongCustomer", [](auto& r) { r.set_customer_id(std::string(65, 'c')); },
                   "customer_id"},
        BadRequest{"CustomerWithSql",
                   [](auto& r) { r.set_customer_id("x'; DROP TABLE orders; --"); }, "customer_id"},
        BadRequest{"NoItems", [](auto& r) { r.clear_items(); }, "items"},
        BadRequest{"TooManyItems",
                   [](auto& r) {
                     for (int i = 0; i < kItemsMax; ++i) {
                       auto& item = *r.add_items();
                       item.set_sku("S" + std::to_string(i));
                       item.set_quantity(1);
                     }
                   },
                   "items"},
        BadRequest{"NoSku", [](auto& r) { r.mutable_items(0)->clear_sku(); }, "items[0].sku"},
        BadRequest{"DuplicateSku", [](auto& r) { *r.add_items() = r.items(0); }, "items[1].sku"},
        BadRequest{"ZeroQuantity", [](auto& r) { r.mutable_items(0)->set_quantity(0); },
                   "items[0].quantity"},
        BadRequest{"NegativeQuantity", [](auto& r) { r.mutable_items(0)->set_quantity(-1); },
                   "items[0].quantity"},
        BadRequest{"LargeQuantity",
                   [](auto& r) { r.mutable_items(0)->set_quantity(kQuantityMax + 1); },
                   "items[0].quantity"},
        BadRequest{"NoToken", [](auto& r) { r.clear_payment_method_token(); },
                   "payment_method_token"},
        BadRequest{"LongToken", [](auto& r) { r.set_payment_method_token(std::string(129, 't')); },
                   "payment_method_token"},
        BadRequest{"CardNumber", [](auto& r) { r.set_payment_method_token("4242 4242 4242 4242"); },
                   "payment_method_token"},
        BadRequest{"NoEmail", [](auto& r) { r.clear_email(); }, "email"},
        BadRequest{"MalformedEmail", [](auto& r) { r.set_email("nobody"); }, "email"},
        BadRequest{"EmailWithNewline",
                   [](auto& r) { r.set_email("a@example.com\nBcc: b@example.com"); }, "email"},
        BadRequest{"NoCurrency", [](auto& r) { r.clear_currency_code(); }, "currency_code"},
        BadRequest{"UnknownCurrency", [](auto& r) { r.set_currency_code("XXX"); }, "currency_code"},
        BadRequest{"LowerCaseCurrency", [](auto& r) { r.set_currency_code("eur"); },
                   "currency_code"}),
    [](const ::testing::TestParamInfo<BadRequest>& bad) { return bad.param.name; });

TEST(ValidateCreateOrder, NamesAllViolationsAtOnce) {
  const auto result = ValidateCreateOrder(v1::CreateOrderRequest());

  EXPECT_THAT(ViolatedFields(result.status()),
              ElementsAre("request_id", "customer_id", "items", "payment_method_token", "email",
                          "currency_code"));
}

TEST(ValidateCreateOrder, TakesGoodInputWithIdsInLowerCase) {
  const auto create = ValidateCreateOrder(ARequest());

  ASSERT_THAT(create, IsOk());
  EXPECT_EQ(create->key.request_id.value(), "018f6a9e-7c1b-7d3e-9a5f-0123456789ab");
  EXPECT_EQ(create->lines, (std::vector<OrderLine>{{Sku("A"), 2, 0}}));
  EXPECT_EQ(create->body_hash.size(), 64u);
}

TEST(ValidateCancelOrder, NamesAllViolationsAtOnce) {
  v1::CancelOrderRequest request;
  request.set_reason(std::string(kReasonSizeMax + 1, 'r'));

  EXPECT_THAT(ViolatedFields(ValidateCancelOrder(request).status()),
              ElementsAre("order_id", "request_id", "reason"));
}

TEST(ValidateListOrders, RefusesNegativePageSizesAndForeignTokens) {
  v1::ListOrdersRequest request;
  request.set_page_size(-1);
  request.set_page_token("b3JkZXI");
  request.set_state(static_cast<v1::OrderState>(99));

  EXPECT_THAT(ViolatedFields(ValidateListOrders(request).status()),
              ElementsAre("state", "page_size", "page_token"));
}

}  // namespace
}  // namespace orderflow::order
