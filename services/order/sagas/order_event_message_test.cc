// Proves that the events of an order can be made again from the order alone.

#include "services/order/sagas/order_event_message.h"

#include <gtest/gtest.h>

#include "orderflow/order/v1/order_events.pb.h"

namespace orderflow::order {
namespace {

Timestamp At(int seconds) { return Timestamp(std::chrono::seconds(seconds)); }

// Placed at second 1, cancelled by its customer at second 2, without a charge at second 3.
Order ACancelledOrder() {
  const Refusal refusal{.reason = RefusalReason::kCancelledByCustomer,
                        .message = "changed my mind",
                        .skus = {},
                        .provider_code = {}};
  return {.order_id = OrderId("018f6a9e-7c1b-7d3e-9a5f-0123456789ab"),
          .customer_id = CustomerId("c1"),
          .lines = {{Sku("A"), 2, 250}},
          .total = {"EUR", 500},
          .email = "a@example.com",
          .payment_method_token = "",
          .cancel_request_id = "018f6a9e-7c1b-7d3e-9a5f-0123456789ac",
          .history = {{1, OrderState::kPending, At(1), std::nullopt},
                      {2, OrderState::kCancelling, At(2), refusal},
                      {3, OrderState::kCancelled, At(3), refusal}}};
}

TEST(EventMessagesBetween, AreThoseThatWereSentWhenTheyWereNew) {
  const Order order = ACancelledOrder();
  std::vector<std::string> sent;
  for (size_t changes = 1; changes <= order.history.size(); ++changes) {
    Order then = order;
    then.history.resize(changes);
    sent.push_back(ToEventMessage(then, /*refunded=*/true).payload);
  }

  const auto messages = EventMessagesBetween(order, /*refunded=*/true, At(0), At(10));

  ASSERT_EQ(messages.size(), sent.size());
  for (size_t i = 0; i < sent.size(); ++i) {
    EXPECT_EQ(messages[i].payload, sent[i]);
    EXPECT_EQ(messages[i].sequence, static_cast<int64_t>(i) + 1);
  }
  v1::OrderEvent last;
  ASSERT_TRUE(last.ParseFromString(messages.back().payload));
  EXPECT_TRUE(last.order_cancelled().refunded());
}

TEST(EventMessagesBetween, TakesTheBeginningOfTheIntervalAndNotItsEnd) {
  const auto messages = EventMessagesBetween(ACancelledOrder(), false, At(2), At(3));

  ASSERT_EQ(messages.size(), 1);
  EXPECT_EQ(messages[0].sequence, 2);
  EXPECT_TRUE(EventMessagesBetween(ACancelledOrder(), false, At(4), At(9)).empty());
}

}  // namespace
}  // namespace orderflow::order
