// Proves that a request id stands for one request: repeated, concurrent, reused with another body,
// after a refusal, and for cancels.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <thread>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"
#include "tests/e2e/api.h"

namespace orderflow::e2e {
namespace {

using order::v1::Order;
using testing::StatusIs;

TEST(Idempotency, RepeatedRequestsGetTheFirstAnswer) {
  Api& api = Api::Get();
  const auto request = AnOrder(api.AddItem(1'000, 5));
  const auto first = api.Create(request);
  ASSERT_TRUE(first.ok()) << first.status();
  api.AwaitRest(first->order_id());

  const auto again = api.Create(request);

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->order_id(), first->order_id());
  EXPECT_EQ(again->state(), order::v1::ORDER_STATE_PENDING) << "as it was first answered";
  EXPECT_EQ(api.ListOrders(request.customer_id()).size(), 1U);
}

TEST(Idempotency, ConcurrentRequestsMakeOneOrder) {
  constexpr int kCallers = 32;
  Api& api = Api::Get();
  const auto request = AnOrder(api.AddItem(1'000, 5));
  std::vector<absl::StatusOr<Order>> answers(kCallers);
  std::vector<std::jthread> callers;
  for (absl::StatusOr<Order>& answer : answers) {
    callers.emplace_back([&] { answer = api.Create(request); });
  }
  callers.clear();

  std::set<std::string> order_ids;
  for (const absl::StatusOr<Order>& answer : answers) {
    ASSERT_TRUE(answer.ok()) << answer.status();
    order_ids.insert(answer->order_id());
  }
  EXPECT_EQ(order_ids.size(), 1U);
  EXPECT_EQ(api.ListOrders(request.customer_id()).size(), 1U);
  api.AwaitRest(*order_ids.begin());
}

TEST(Idempotency, RefusesAnotherBodyUnderTheSameId) {
  Api& api = Api::Get();
  auto request = AnOrder(api.AddItem(1'000, 5));
  ASSERT_TRUE(api.Create(request).ok());

  request.mutable_items(0)->set_quantity(2);
  const auto other = api.Create(request);

  EXPECT_THAT(other.status(), StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(DetailsOf(other.status()).reason, "REQUEST_ID_REUSED");
}

TEST(Idempotency, RepeatsARefusalToo) {
  Api& api = Api::Get();
  auto request = AnOrder("E2E-NOT-YET-" + NewId());
  const auto first = api.Create(request);
  ASSERT_THAT(first.status(), StatusIs(absl::StatusCode::kInvalidArgument));
  inventory::v1::UpsertItemRequest upsert;
  upsert.set_sku(request.items(0).sku());
  upsert.set_name("Here now");
  upsert.mutable_unit_price()->set_currency_code("EUR");
  upsert.mutable_unit_price()->set_amount_minor(100);
  grpc::ClientContext context;
  inventory::v1::Item item;
  ASSERT_TRUE(api.inventory().UpsertItem(&context, upsert, &item).ok());

  const auto again = api.Create(request);

  EXPECT_THAT(again.status(), StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(DetailsOf(again.status()).field_violations, DetailsOf(first.status()).field_violations);
}

TEST(Idempotency, CancelIsIdempotentByItsRequestId) {
  Api& api = Api::Get();
  const Order confirmed = api.Settle(AnOrder(api.AddItem(1'000, 5)));
  const std::string request_id = NewId();
  const auto first = api.Cancel(confirmed.order_id(), request_id);
  ASSERT_TRUE(first.ok()) << first.status();
  api.AwaitRest(confirmed.order_id(), first->sequence());

  const auto again = api.Cancel(confirmed.order_id(), request_id);
  const auto other = api.Cancel(confirmed.order_id(), NewId());

  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->state(), order::v1::ORDER_STATE_CANCELLED);
  EXPECT_THAT(other.status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr("CANCELLED")));
}

TEST(Idempotency, ARejectedOrderCannotBeCancelled) {
  Api& api = Api::Get();
  const Order rejected = api.Settle(AnOrder(api.AddItem(1'000, 0)));
  ASSERT_EQ(rejected.state(), order::v1::ORDER_STATE_REJECTED);

  EXPECT_THAT(api.Cancel(rejected.order_id(), NewId()).status(),
              StatusIs(absl::StatusCode::kFailedPrecondition, ::testing::HasSubstr("REJECTED")));
}

}  // namespace
}  // namespace orderflow::e2e
