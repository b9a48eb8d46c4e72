// Proves that what settled orders have sold is counted once, whatever is met again later, and that
// a checkpoint holds only what is not settled or was settled lately.
#include "tools/verify/checkpoint.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderflow::verify {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::UnorderedElementsAre;

// Ids whose first digits are a time in minutes.
std::string IdAt(int minute, int number = 1) {
  return FirstIdAfter({.time = {},
                       .snapshot = {},
                       .running = {},
                       .safe_time = Timestamp(std::chrono::minutes(minute)) + kIdsEarlierMax})
             .substr(0, 30) +
         std::to_string(100000 + number);
}

// A run at that minute whose window goes back by `window` minutes.
std::map<std::string, Position> RunAt(int minute) {
  const Timestamp time{std::chrono::minutes(minute)};
  return {{"orders", {.time = time, .snapshot = "1:1:", .running = "", .safe_time = time}}};
}

OrderFacts Confirmed(const std::string& order_id) {
  return {
      .order_id = order_id,
      .order = OrderRow{.state = "CONFIRMED",
                        .currency_code = "EUR",
                        .total_minor = 500,
                        .lines_total_minor = 500,
                        .lines = "A=1,B=2",
                        .was_confirmed = true,
                        .saga_id = order_id,
                        .saga_state = "COMPLETED"},
      .payment = PaymentRow{.state = "CAPTURED",
                            .currency_code = "EUR",
                            .amount_minor = 500,
                            .ledger_captured_minor = 500},
      .books = BookRow{.holds = 1, .captures = 1, .captured_minor = 500, .currency_codes = "EUR"},
      .reservation = ReservationRow{.state = "COMMITTED", .lines = "A=1,B=2"},
      .notifications = NotificationRow{.most_of_one_kind = 1, .events = {"order_confirmed"}}};
}

OrderFacts Cancelling(OrderFacts facts, const std::string& saga_id) {
  facts.order->state = "CANCELLING";
  facts.order->saga_id = saga_id;
  facts.order->saga_state = "RUNNING";
  return facts;
}

OrderFacts Cancelled(OrderFacts facts, const std::string& saga_id) {
  facts.order->state = "CANCELLED";
  facts.order->saga_id = saga_id;
  facts.payment->state = "REFUNDED";
  facts.payment->ledger_refunded_minor = 500;
  facts.books->refunds = 1;
  facts.books->refunded_minor = 500;
  facts.reservation->state = "RESTOCKED";
  facts.notifications->events = {"order_cancelled", "order_confirmed"};
  return facts;
}

Checkpoint Next(Checkpoint before, int minute, const std::vector<OrderFacts>& looked_at) {
  CheckpointUpdate update(std::move(before), RunAt(minute));
  for (const OrderFacts& facts : looked_at) {
    update.Look(facts);
  }
  return std::move(update).Finish();
}

TEST(Checkpoint, CountsWhatSettledOrdersHaveSold) {
  OrderFacts pending = Confirmed(IdAt(9, 2));
  pending.order->state = "PENDING";

  const Checkpoint checkpoint = Next({}, 10, {Confirmed(IdAt(9)), pending});

  EXPECT_THAT(checkpoint.sold, ElementsAre(Pair("A", 1), Pair("B", 2)));
  EXPECT_THAT(checkpoint.unsettled, ElementsAre(IdAt(9, 2)));
}

TEST(Checkpoint, CountsAnOrderThatIsMetAgainOnce) {
  Checkpoint checkpoint = Next({}, 10, {Confirmed(IdAt(9))});
  checkpoint = Next(checkpoint, 11, {Confirmed(IdAt(9))});
  checkpoint = Next(checkpoint, 30, {});
  EXPECT_THAT(checkpoint.recent, IsEmpty());

  checkpoint = Next(checkpoint, 31, {Confirmed(IdAt(9))});

  EXPECT_THAT(checkpoint.sold, ElementsAre(Pair("A", 1), Pair("B", 2)));
}

TEST(Checkpoint, GivesBackWhatIsCancelledLater) {
  const OrderFacts order = Confirmed(IdAt(9));
  Checkpoint checkpoint = Next(Next({}, 10, {order}), 30, {});

  checkpoint = Next(checkpoint, 31, {Cancelling(order, IdAt(31))});
  EXPECT_THAT(checkpoint.sold, IsEmpty());
  EXPECT_THAT(checkpoint.unsettled, ElementsAre(IdAt(9)));

  checkpoint = Next(checkpoint, 32, {Cancelled(order, IdAt(31))});
  EXPECT_THAT(checkpoint.sold, IsEmpty());
  EXPECT_THAT(checkpoint.unsettled, IsEmpty());
}

TEST(Checkpoint, GivesBackWhatWasCancelledBetweenTwoRuns) {
  const OrderFacts old_order = Confirmed(IdAt(9));
  const OrderFacts young_order = Confirmed(IdAt(30, 2));
  Checkpoint checkpoint = Next(Next({}, 10, {old_order}), 31, {young_order});

  checkpoint =
      Next(checkpoint, 32, {Cancelled(old_order, IdAt(31)), Cancelled(young_order, IdAt(31, 2))});

  EXPECT_THAT(checkpoint.sold, IsEmpty());
}

TEST(Checkpoint, DoesNotGiveBackTwiceWhenACancelledOrderIsMetAgain) {
  const OrderFacts order = Confirmed(IdAt(9));
  const OrderFacts other = Confirmed(IdAt(9, 2));
  Checkpoint checkpoint = Next({}, 10, {order, other});
  checkpoint = Next(checkpoint, 32, {Cancelled(order, IdAt(31))});
  checkpoint = Next(checkpoint, 33, {Cancelled(order, IdAt(31))});
  checkpoint = Next(checkpoint, 60, {});

  checkpoint = Next(checkpoint, 61, {Cancelled(order, IdAt(31))});

  EXPECT_THAT(checkpoint.sold, ElementsAre(Pair("A", 1), Pair("B", 2))) << "the other order's";
}

TEST(Checkpoint, CountsAnOrderNeverSeenThatWasConfirmedAndCancelledAtOnce) {
  Checkpoint checkpoint = Next({}, 10, {Confirmed(IdAt(9))});

  checkpoint = Next(checkpoint, 12, {Cancelled(Confirmed(IdAt(11, 2)), IdAt(11, 3))});

  EXPECT_THAT(checkpoint.sold, ElementsAre(Pair("A", 1), Pair("B", 2)));
}

TEST(Checkpoint, KeepsAnOrderThatBreaksAPromise) {
  OrderFacts unpaid = Confirmed(IdAt(9));
  unpaid.books.reset();

  Checkpoint checkpoint = Next({}, 10, {unpaid});
  EXPECT_THAT(checkpoint.unsettled, ElementsAre(IdAt(9)));
  EXPECT_THAT(checkpoint.sold, IsEmpty());

  checkpoint = Next(checkpoint, 11, {Confirmed(IdAt(9))});
  EXPECT_THAT(checkpoint.unsettled, IsEmpty());
  EXPECT_THAT(checkpoint.sold, ElementsAre(Pair("A", 1), Pair("B", 2)));
}

TEST(Checkpoint, TellsWhatOrdersThatWereNotLookedAtHaveSold) {
  const OrderFacts order = Confirmed(IdAt(9));
  CheckpointUpdate update(Next({}, 10, {order, Confirmed(IdAt(9, 2))}), RunAt(11));

  update.Look(order);

  EXPECT_THAT(update.sold_by_others(), ElementsAre(Pair("A", 1), Pair("B", 2)));
}

TEST(Checkpoint, HoldsSettledOrdersOnlyAsLongAsTheyCanBeMetAgain) {
  std::vector<OrderFacts> orders;
  for (int i = 0; i < 100; ++i) {
    orders.push_back(Confirmed(IdAt(1, i)));
  }

  EXPECT_THAT(Next({}, 60, orders).recent, IsEmpty());
  EXPECT_EQ(Next({}, 2, orders).recent.size(), 100u);
}

TEST(PiecesOf, AddsUpTheLines) {
  EXPECT_THAT(PiecesOf("A=1,B.x-1=20,A=2"), UnorderedElementsAre(Pair("A", 3), Pair("B.x-1", 20)));
  EXPECT_THAT(PiecesOf(""), IsEmpty());
}

}  // namespace
}  // namespace orderflow::verify
