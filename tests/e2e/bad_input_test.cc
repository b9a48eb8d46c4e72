// Proves the table of bad input: the status code, every violated field by name, and that nothing of
// a refused request is stored.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "libs/base/errors.h"
#include "libs/testing/eventually.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"
#include "tests/e2e/stack.h"
#include "tools/orderctl/unary_call.h"

namespace orderflow::e2e {
namespace {

using order::v1::CreateOrderRequest;
using order::v1::OrderService;
using orderctl::Call;
using ::testing::IsSupersetOf;
using testing::StatusIs;

std::set<std::string> ViolatedFields(const absl::Status& status) {
  std::set<std::string> fields;
  for (const FieldViolation& violation : DetailsOf(status).field_violations) {
    fields.insert(violation.field);
  }
  return fields;
}

struct BadOrder {
  const char* what;
  std::function<void(CreateOrderRequest&)> spoil;
  const char* field;
};

std::vector<BadOrder> BadOrders() {
  const auto item = [](CreateOrderRequest& r) { return r.mutable_items(0); };
  return {
      {"empty request id", [](auto& r) { r.clear_request_id(); }, "request_id"},
      {"malformed request id", [](auto& r) { r.set_request_id("1234"); }, "request_id"},
      {"over-long customer", [](auto& r) { r.set_customer_id(std::string(65, 'a')); },
       "customer_id"},
      {"customer with a space", [](auto& r) { r.set_customer_id("a b"); }, "customer_id"},
      {"no items", [](auto& r) { r.clear_items(); }, "items"},
      {"101 items",
       [](auto& r) {
         for (int i = 0; i < 100; ++i) {
           order::v1::OrderItem* line = r.add_items();
           line->set_sku("SKU-" + std::to_string(i));
           line->set_quantity(1);
         }
       },
       "items"},
      {"the same SKU twice", [](auto& r) { *r.add_items() = r.items(0); }, "items[1].sku"},
      {"empty SKU", [=](auto& r) { item(r)->clear_sku(); }, "items[0].sku"},
      {"unknown SKU", [=](auto& r) { item(r)->set_sku("E2E-NO-SUCH-ITEM"); }, "items[0].sku"},
      {"quantity 0", [=](auto& r) { item(r)->set_quantity(0); }, "items[0].quantity"},
      {"negative quantity", [=](auto& r) { item(r)->set_quantity(-1); }, "items[0].quantity"},
      {"quantity over the limit", [=](auto& r) { item(r)->set_quantity(10'001); },
       "items[0].quantity"},
      {"unknown currency", [](auto& r) { r.set_currency_code("XXX"); }, "currency_code"},
      {"currency in lower case", [](auto& r) { r.set_currency_code("eur"); }, "currency_code"},
      {"other currency than the price", [](auto& r) { r.set_currency_code("USD"); },
       "items[0].sku"},
      {"malformed e-mail", [](auto& r) { r.set_email("nobody"); }, "email"},
      {"over-long e-mail", [](auto& r) { r.set_email(std::string(250, 'a') + "@example.com"); },
       "email"},
      {"empty token", [](auto& r) { r.clear_payment_method_token(); }, "payment_method_token"},
      {"card number for a token",
       [](auto& r) { r.set_payment_method_token("4242 4242 4242 4242"); }, "payment_method_token"},
  };
}

TEST(BadInput, IsRefusedNamingTheFieldAndStoresNothing) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 5);
  for (const BadOrder& bad : BadOrders()) {
    CreateOrderRequest request = AnOrder(sku);
    const std::string customer = request.customer_id();
    bad.spoil(request);

    const auto answer = api.Create(request);

    EXPECT_THAT(answer.status(), StatusIs(absl::StatusCode::kInvalidArgument)) << bad.what;
    EXPECT_THAT(ViolatedFields(answer.status()), ::testing::Contains(bad.field)) << bad.what;
    EXPECT_THAT(api.ListOrders(customer), ::testing::IsEmpty()) << bad.what;
  }
  EXPECT_EQ(api.GetItem(sku).available(), 5);
}

TEST(BadInput, NamesEveryViolatedFieldAtOnce) {
  CreateOrderRequest request;
  request.set_request_id("x");
  request.set_email("x");
  request.set_currency_code("x");
  order::v1::OrderItem* item = request.add_items();
  item->set_quantity(-1);

  const auto answer = Api::Get().Create(request);

  EXPECT_THAT(answer.status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(ViolatedFields(answer.status()),
              IsSupersetOf({"request_id", "customer_id", "items[0].sku", "items[0].quantity",
                            "payment_method_token", "email", "currency_code"}));
}

TEST(BadInput, ATotalThatIsTooLargeIsRefused) {
  Api& api = Api::Get();
  CreateOrderRequest request = AnOrder(api.AddItem(1'000'000'000'000, 10'000), 10'000);

  EXPECT_THAT(api.Create(request).status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(api.ListOrders(request.customer_id()), ::testing::IsEmpty());
}

TEST(BadInput, UnknownThingsAreNotFound) {
  Api& api = Api::Get();
  const std::string nobody = NewId();
  EXPECT_THAT(api.GetOrder(nobody).status(),
              StatusIs(absl::StatusCode::kNotFound, ::testing::HasSubstr(nobody)));
  EXPECT_THAT(api.Cancel(nobody, NewId()).status(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(api.GetPayment(nobody).status(), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_THAT(api.GetSagaOf(nobody).status(), StatusIs(absl::StatusCode::kNotFound));
  inventory::v1::GetItemRequest item;
  item.set_sku("E2E-NO-SUCH-ITEM");
  EXPECT_THAT(
      Call(api.inventory(), &inventory::v1::InventoryService::Stub::GetItem, item, kCallTimeout)
          .status(),
      StatusIs(absl::StatusCode::kNotFound, ::testing::HasSubstr("E2E-NO-SUCH-ITEM")));
}

TEST(BadInput, MalformedIdsAreInvalid) {
  Api& api = Api::Get();
  EXPECT_EQ(ViolatedFields(api.GetOrder("").status()), std::set<std::string>{"order_id"});
  EXPECT_EQ(ViolatedFields(api.Cancel("x", "y", std::string(501, 'r')).status()),
            (std::set<std::string>{"order_id", "request_id", "reason"}));
}

TEST(BadInput, PagingIsChecked) {
  Api& api = Api::Get();
  order::v1::ListOrdersRequest request;
  request.set_page_size(-1);
  request.set_page_token("made up");
  request.set_customer_id("a b");

  const auto page = Call(api.orders(), &OrderService::Stub::ListOrders, request, kCallTimeout);

  EXPECT_THAT(page.status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(ViolatedFields(page.status()),
            (std::set<std::string>{"customer_id", "page_size", "page_token"}));
}

TEST(BadInput, PagesCoverEveryOrderOnce) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 50);
  const std::string customer = AnOrder(sku).customer_id();
  std::set<std::string> placed;
  for (int i = 0; i < 5; ++i) {
    CreateOrderRequest request = AnOrder(sku);
    request.set_customer_id(customer);
    placed.insert(api.Settle(request).order_id());
  }
  order::v1::ListOrdersRequest request;
  request.set_customer_id(customer);
  request.set_state(order::v1::ORDER_STATE_CONFIRMED);
  request.set_page_size(2);
  std::set<std::string> listed;
  int orders = 0;
  do {
    const auto page = Call(api.orders(), &OrderService::Stub::ListOrders, request, kCallTimeout);
    ASSERT_TRUE(page.ok()) << page.status();
    EXPECT_LE(page->orders_size(), 2);
    for (const order::v1::Order& order : page->orders()) {
      listed.insert(order.order_id());
      ++orders;
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());

  EXPECT_EQ(listed, placed);
  EXPECT_EQ(orders, 5);
}

TEST(BadInput, ATokenOfAnotherFilterIsRefused) {
  Api& api = Api::Get();
  const std::string sku = api.AddItem(1'000, 50);
  const CreateOrderRequest order = AnOrder(sku);
  api.Settle(order);
  order::v1::ListOrdersRequest request;
  request.set_customer_id(order.customer_id());
  request.set_page_size(1);
  const auto page = Call(api.orders(), &OrderService::Stub::ListOrders, request, kCallTimeout);
  ASSERT_TRUE(page.ok()) << page.status();
  ASSERT_FALSE(page->next_page_token().empty());

  request.set_page_token(page->next_page_token());
  request.set_state(order::v1::ORDER_STATE_PENDING);
  const auto other = Call(api.orders(), &OrderService::Stub::ListOrders, request, kCallTimeout);

  EXPECT_EQ(ViolatedFields(other.status()), std::set<std::string>{"page_token"});
}

TEST(BadInput, AMessageOverTheLimitIsRefused) {
  CreateOrderRequest request = AnOrder("E2E-ANY");
  request.set_payment_method_token(std::string(1 << 20, 't'));

  EXPECT_THAT(Api::Get().Create(request).status(), StatusIs(absl::StatusCode::kResourceExhausted));
}

// Whether the server was faster than the deadline is not known to the client: that is what the
// request id is for. (That a call which expired in the queue does not run: call_executor_test.)
TEST(BadInput, AnExpiredDeadlineLeavesOneOrderAfterARetry) {
  Api& api = Api::Get();
  const CreateOrderRequest request = AnOrder(api.AddItem(1'000, 5));

  const auto expired = Call(api.orders(), &OrderService::Stub::CreateOrder, request, Duration(1));
  const auto retried = api.Create(request);

  EXPECT_THAT(expired.status(), StatusIs(absl::StatusCode::kDeadlineExceeded));
  ASSERT_TRUE(retried.ok()) << retried.status();
  const auto orders = api.ListOrders(request.customer_id());
  ASSERT_EQ(orders.size(), 1U);
  EXPECT_EQ(orders.front().order_id(), retried->order_id());
}

TEST(BadInput, StockAdjustmentsAreCheckedAndIdempotent) {
  Api& api = Api::Get();
  inventory::v1::AdjustStockRequest request;
  request.set_request_id(NewId());
  request.set_sku(api.AddItem(100, 3));
  request.set_delta(-4);
  request.set_reason("shrinkage");
  const auto adjust = [&] {
    return Call(api.inventory(), &inventory::v1::InventoryService::Stub::AdjustStock, request,
                kCallTimeout);
  };
  EXPECT_THAT(adjust().status(), StatusIs(absl::StatusCode::kFailedPrecondition));

  request.set_delta(-1);
  ASSERT_TRUE(adjust().ok());
  ASSERT_TRUE(adjust().ok());
  EXPECT_EQ(api.GetItem(request.sku()).on_hand(), 2) << "the same request counts once";

  request.set_delta(-2);
  const auto reused = adjust();
  EXPECT_THAT(reused.status(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(DetailsOf(reused.status()).reason, "REQUEST_ID_REUSED");
}

TEST(BadInput, WithoutInventoryNoOrderIsAcceptedNorStored) {
  Api& api = Api::Get();
  const CreateOrderRequest request = AnOrder(api.AddItem(1'000, 5));
  Stack::Get().Kill("inventory-service");

  const auto refused = api.Create(request);
  const auto orders = api.ListOrders(request.customer_id());
  Stack::Get().Start("inventory-service");

  EXPECT_THAT(refused.status(), StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(orders, ::testing::IsEmpty());
  EXPECT_TRUE(testing::Eventually([&] { return api.Create(request).ok(); }, kRestTimeout))
      << "the same request succeeds once inventory is back";
}

}  // namespace
}  // namespace orderflow::e2e
