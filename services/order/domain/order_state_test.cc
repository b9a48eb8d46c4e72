// Proves the transition table, cell by cell, and that an order's history only grows along it.

#include "services/order/domain/order_state.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "libs/base/errors.h"
#include "libs/testing/status_matchers.h"
#include "services/order/domain/order.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;

constexpr OrderState kStates[] = {OrderState::kPending, OrderState::kConfirmed,
                                  OrderState::kRejected, OrderState::kCancelling,
                                  OrderState::kCancelled};

Order AnOrder() {
  Order order;
  order.order_id = OrderId("018f6a9e-7c1b-7d3e-9a5f-0123456789ab");
  order.payment_method_token = "tok_approve";
  order.history = {{1, OrderState::kPending, Timestamp(), std::nullopt}};
  return order;
}

TEST(OrderState, AllowsExactlyTheMovesOfTheTable) {
  const std::set<std::pair<OrderState, OrderState>> allowed{
      {OrderState::kPending, OrderState::kConfirmed},
      {OrderState::kPending, OrderState::kRejected},
      {OrderState::kPending, OrderState::kCancelling},
      {OrderState::kConfirmed, OrderState::kCancelling},
      {OrderState::kCancelling, OrderState::kCancelled},
  };

  for (const OrderState from : kStates) {
    for (const OrderState to : kStates) {
      EXPECT_EQ(CanAdvance(from, to), allowed.contains({from, to}))
          << ToString(from) << " -> " << ToString(to);
    }
  }
}

TEST(OrderState, NamesAreParsedBack) {
  for (const OrderState state : kStates) {
    EXPECT_EQ(ParseOrderState(ToString(state)), state);
  }
  EXPECT_EQ(ParseOrderState("SHIPPED"), std::nullopt);
}

TEST(Order, NumbersItsStateChangesWithoutGaps) {
  Order order = AnOrder();

  ASSERT_THAT(Advance(order, OrderState::kConfirmed, std::nullopt, Timestamp(Duration(1))), IsOk());
  ASSERT_THAT(Advance(order, OrderState::kCancelling, Refusal{}, Timestamp(Duration(2))), IsOk());
  ASSERT_THAT(Advance(order, OrderState::kCancelled, Refusal{}, Timestamp(Duration(3))), IsOk());

  EXPECT_EQ(order.sequence(), 4);
  EXPECT_EQ(order.state(), OrderState::kCancelled);
  EXPECT_EQ(order.create_time(), Timestamp());
  EXPECT_EQ(order.update_time(), Timestamp(Duration(3)));
}

TEST(Order, RefusesAnIllegalMoveAndStaysAsItWas) {
  Order order = AnOrder();
  ASSERT_THAT(Advance(order, OrderState::kRejected, Refusal{}, Timestamp()), IsOk());

  const absl::Status status = Advance(order, OrderState::kConfirmed, std::nullopt, Timestamp());

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(status).metadata.at("state"), "REJECTED");
  EXPECT_EQ(order.sequence(), 2);
}

TEST(Order, ForgetsThePaymentTokenOnceAtRest) {
  Order order = AnOrder();
  ASSERT_THAT(Advance(order, OrderState::kCancelling, Refusal{}, Timestamp()), IsOk());
  EXPECT_FALSE(order.payment_method_token.empty());

  ASSERT_THAT(Advance(order, OrderState::kCancelled, Refusal{}, Timestamp()), IsOk());

  EXPECT_TRUE(order.payment_method_token.empty());
}

}  // namespace
}  // namespace orderflow::order
