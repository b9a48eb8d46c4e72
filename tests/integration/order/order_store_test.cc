// Proves on a real PostgreSQL that accepting is one transaction per batch, that a request id makes
// one order whatever comes at the same time, that lists page without gaps, and what cancel stores.

#include <gmock/gmock.h>

#include <atomic>
#include <set>
#include <thread>

#include "libs/base/errors.h"
#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/domain/order_acceptor.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

class OrderStoreTest : public OrderDatabaseTest {};

class FixedPrices final : public PriceQuoter {
 public:
  absl::StatusOr<Quotes> Quote(std::span<const Sku> skus, Timestamp) override {
    Quotes quotes;
    for (const Sku& sku : skus) {
      quotes.emplace(sku, Money{"EUR", 100});
    }
    return quotes;
  }
};

TEST_F(OrderStoreTest, StoresABatchWithSagasMessagesAndKeysTogether) {
  std::vector<Decision> decisions;
  for (int i = 0; i < 64; ++i) {
    decisions.push_back(ADecision(ids_.NewId()));
  }

  ASSERT_THAT(store_.Accept(decisions), IsOk());

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM orders WHERE state = 'PENDING'"), 64);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE state = 'RUNNING'"), 64);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM idempotency_keys"), 64);
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 64);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 64);
  EXPECT_EQ(CountOutbox(messaging::kOrderEvents), 64);
  EXPECT_EQ(database_.QueryInt("SELECT count(DISTINCT xmin::text) FROM orders"), 1)
      << "one transaction for all";
}

TEST_F(OrderStoreTest, LeavesAnAnsweredKeyAloneAndReturnsItsAnswer) {
  const std::string request_id = ids_.NewId();
  const Decision first = ADecision(request_id, std::string(64, 'a'));
  ASSERT_THAT(store_.Accept(std::span(&first, 1)), IsOk());
  const Decision second = ADecision(request_id, std::string(64, 'b'));

  const auto before = store_.Accept(std::span(&second, 1));

  ASSERT_THAT(before, IsOk());
  const StoredAnswer& stored = before->at(first.key);
  EXPECT_EQ(stored.body_hash, first.body_hash);
  EXPECT_EQ(stored.answer->order_id, first.answer->order_id);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM orders"), 1);
}

TEST_F(OrderStoreTest, ReplaysTheOrderAsItWasAccepted) {
  const Decision decision = ADecision(ids_.NewId());
  ASSERT_THAT(store_.Accept(std::span(&decision, 1)), IsOk());
  const OrderId order_id = decision.answer->order_id;
  ASSERT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "no", ""), IsOk());

  const auto answers = store_.FindAnswers(std::span(&decision.key, 1));

  ASSERT_THAT(answers, IsOk());
  EXPECT_EQ(answers->at(decision.key).answer->state(), OrderState::kPending);
  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
}

TEST_F(OrderStoreTest, ReplaysARefusalWithItsViolations) {
  Decision refused = ADecision(ids_.NewId());
  refused.answer = InvalidArgument({{"items[0].sku", "unknown SKU A"}});
  ASSERT_THAT(store_.Accept(std::span(&refused, 1)), IsOk());

  const auto answers = store_.FindAnswers(std::span(&refused.key, 1));

  ASSERT_THAT(answers, IsOk());
  EXPECT_EQ(answers->at(refused.key).answer.status(), refused.answer.status());
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM orders"), 0);
}

TEST_F(OrderStoreTest, MakesOneOrderOutOfSixtyFourConcurrentCopiesInTwoProcesses) {
  FixedPrices prices;
  OrderAcceptor one(store_, prices, clock_, ids_, {.batch_max = 4});
  OrderAcceptor other(store_, prices, clock_, ids_, {.batch_max = 4});
  CreateOrder request{.key = {CustomerId("c1"), RequestId(ids_.NewId())},
                      .lines = {{Sku("A"), 1, 0}},
                      .payment_method_token = "tok",
                      .email = "a@example.com",
                      .currency_code = "EUR",
                      .body_hash = "",
                      .traceparent = "",
                      .deadline = clock_.Now() + std::chrono::seconds(60)};
  request.body_hash = BodyHash(request);
  Mutex mutex;
  std::set<std::string> order_ids;
  std::atomic<int> failures{0};
  for (int i = 0; i < 64; ++i) {
    (i % 2 == 0 ? one : other).Submit(request, [&](absl::StatusOr<Order> order) {
      MutexLock lock(mutex);
      if (order.ok()) {
        order_ids.insert(order->order_id.value());
      } else {
        ++failures;
      }
    });
  }
  {
    std::vector<std::jthread> workers;
    for (int i = 0; i < 4; ++i) {
      workers.emplace_back([&acceptor = i % 2 == 0 ? one : other] { acceptor.Run({}); });
    }
    one.Close();
    other.Close();
  }

  EXPECT_EQ(failures, 0);
  EXPECT_EQ(order_ids.size(), 1u);
  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM orders"), 1);
}

TEST_F(OrderStoreTest, PagesThroughAListWithoutGapsOrRepeats) {
  for (int i = 0; i < 25; ++i) {
    AcceptOne();
  }

  std::vector<std::string> seen;
  OrderFilter filter{
      .customer_id = CustomerId("c1"), .state = OrderState::kPending, .before = {}, .limit = 10};
  while (true) {
    const auto page = store_.List(filter);
    ASSERT_THAT(page, IsOk());
    if (page->empty()) {
      break;
    }
    for (const Order& order : *page) {
      seen.push_back(order.order_id.value());
    }
    filter.before = page->back().order_id;
  }

  EXPECT_EQ(seen.size(), 25u);
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend())) << "newest first";
  filter = {.customer_id = CustomerId("other"), .state = {}, .before = {}, .limit = 10};
  EXPECT_TRUE(store_.List(filter)->empty());
}

TEST_F(OrderStoreTest, CancelStoresStateAndCompensationsTogetherAndOnce) {
  const OrderId order_id = AcceptOne();
  ASSERT_THAT(Handle({AReply(order_id, kReserveStockStep, v1::STEP_OUTCOME_DONE)}), IsOk());
  const RequestId request_id(ids_.NewId());
  const int64_t before = CountOutbox(messaging::kPaymentCommands);

  ASSERT_THAT(store_.Cancel(order_id, request_id, "changed my mind", ""), IsOk());
  ASSERT_THAT(store_.Cancel(order_id, request_id, "changed my mind", ""), IsOk());

  EXPECT_EQ(Read(order_id).state(), OrderState::kCancelling);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), before + 1) << "one void";
  EXPECT_THAT(store_.Cancel(order_id, RequestId(ids_.NewId()), "", ""),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(OrderStoreTest, CancelOfAnUnknownOrderIsNotFound) {
  EXPECT_THAT(store_.Cancel(OrderId(ids_.NewId()), RequestId(ids_.NewId()), "", ""),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(OrderStoreTest, TheRuntimeRoleCannotDeleteOrders) {
  const postgres::Statement statement{"test_delete", "DELETE FROM orders"};

  EXPECT_FALSE(pool_
                   .RunInTransaction([&](postgres::Transaction& transaction) {
                     return transaction.Execute(statement).status();
                   })
                   .ok());
}

}  // namespace
}  // namespace orderflow::order
