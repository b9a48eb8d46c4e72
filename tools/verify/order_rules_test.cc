// Proves that each rule accepts what a correct system leaves behind and catches its own kind of
// damage: a table of facts, each one change away from correct, with the rules that must object.
#include "tools/verify/order_rules.h"

#include <functional>
#include <set>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace orderflow::verify {
namespace {

OrderFacts Confirmed() {
  return {
      .order_id = "o",
      .order = OrderRow{.state = "CONFIRMED",
                        .currency_code = "EUR",
                        .total_minor = 500,
                        .lines_total_minor = 500,
                        .lines = "A=1,B=2",
                        .was_confirmed = true,
                        .saga_state = "COMPLETED",
                        .requests = 1},
      .payment = PaymentRow{.state = "CAPTURED",
                            .currency_code = "EUR",
                            .amount_minor = 500,
                            .ledger_captured_minor = 500},
      .books = BookRow{.holds = 1, .captures = 1, .captured_minor = 500, .currency_codes = "EUR"},
      .reservation = ReservationRow{.state = "COMMITTED", .lines = "A=1,B=2"},
      .notifications = NotificationRow{.most_of_one_kind = 1, .events = {"order_confirmed"}}};
}

OrderFacts Refunded() {
  OrderFacts facts = Confirmed();
  facts.order->state = "CANCELLED";
  facts.payment->state = "REFUNDED";
  facts.payment->ledger_refunded_minor = 500;
  facts.books->refunds = 1;
  facts.books->refunded_minor = 500;
  facts.reservation->state = "RESTOCKED";
  facts.notifications->events = {"order_cancelled", "order_confirmed"};
  return facts;
}

OrderFacts Rejected() {
  OrderFacts facts = Confirmed();
  facts.order->state = "REJECTED";
  facts.order->was_confirmed = false;
  facts.order->saga_state = "COMPENSATED";
  facts.payment->state = "VOIDED";
  facts.payment->ledger_captured_minor = 0;
  *facts.books = {.holds = 1, .voids = 1, .currency_codes = "EUR"};
  facts.reservation->state = "RELEASED";
  facts.notifications->events = {"order_rejected"};
  return facts;
}

OrderFacts Pending() {
  return {
      .order_id = "o",
      .order = OrderRow{.state = "PENDING",
                        .currency_code = "EUR",
                        .total_minor = 500,
                        .lines_total_minor = 500,
                        .lines = "A=1",
                        .saga_state = "RUNNING",
                        .requests = 1},
      .payment = PaymentRow{.state = "CAPTURING", .currency_code = "EUR", .amount_minor = 500},
      .books = BookRow{.holds = 1, .captures = 1, .captured_minor = 500, .currency_codes = "EUR"},
      .reservation = std::nullopt,
      .notifications = std::nullopt};
}

std::set<std::string> Broken(const OrderFacts& facts, bool quiesced = true) {
  std::set<std::string> names;
  for (const OrderRule& rule : OrderRules()) {
    if (rule.check(facts, {.quiesced = quiesced}).broken()) {
      names.insert(rule.name);
    }
  }
  return names;
}

TEST(OrderRules, AcceptWhatACorrectSystemLeaves) {
  EXPECT_THAT(Broken(Confirmed()), ::testing::IsEmpty());
  EXPECT_THAT(Broken(Refunded()), ::testing::IsEmpty());
  EXPECT_THAT(Broken(Rejected()), ::testing::IsEmpty());
}

TEST(OrderRules, LeaveOrdersUnderWayAlone) {
  EXPECT_THAT(Broken(Pending(), /*quiesced=*/false), ::testing::IsEmpty());
}

struct Damage {
  const char* what;
  OrderFacts (*from)();
  std::function<void(OrderFacts&)> apply;
  const char* rule;
};

TEST(OrderRules, CatchEachKindOfDamage) {
  const std::vector<Damage> damages = {
      {"second hold", Confirmed, [](OrderFacts& f) { f.books->holds = 2; }, "money.one_capture"},
      {"second capture", Confirmed,
       [](OrderFacts& f) { f.books->captures = 2, f.books->captured_minor = 1000; },
       "money.one_capture"},
      {"second hold, captured as well", Confirmed,
       [](OrderFacts& f) { f.books->holds = f.books->captures = 2; }, "money.one_capture"},
      {"second hold, lifted", Confirmed,
       [](OrderFacts& f) { f.books->holds = 2, f.books->voids = 1; }, "money.one_capture"},
      {"partial refund", Refunded, [](OrderFacts& f) { f.books->refunded_minor = 499; },
       "money.one_capture"},
      {"unpaid", Confirmed, [](OrderFacts& f) { f.books.reset(); },
       "money.net_capture_matches_state"},
      {"a cent short", Confirmed, [](OrderFacts& f) { f.books->captured_minor = 499; },
       "money.net_capture_matches_state"},
      {"other currency", Confirmed, [](OrderFacts& f) { f.books->currency_codes = "USD"; },
       "money.net_capture_matches_state"},
      {"charged and rejected", Rejected, [](OrderFacts& f) { f.books = Confirmed().books; },
       "money.net_capture_matches_state"},
      {"hold left", Rejected, [](OrderFacts& f) { f.books->voids = 0; }, "money.no_hold_left"},
      {"ledger misses the capture", Confirmed,
       [](OrderFacts& f) { f.payment->ledger_captured_minor = 0; }, "money.ledger_equals_books"},
      {"ledger misses the refund", Refunded,
       [](OrderFacts& f) { f.payment->ledger_refunded_minor = 0; }, "money.ledger_equals_books"},
      {"unbalanced ledger", Refunded, [](OrderFacts& f) { f.payment->ledger_balanced = false; },
       "money.ledger_equals_books"},
      {"payment not captured", Confirmed, [](OrderFacts& f) { f.payment->state = "AUTHORIZED"; },
       "money.payment_matches_state"},
      {"payment still captured", Rejected, [](OrderFacts& f) { f.payment->state = "CAPTURED"; },
       "money.payment_matches_state"},
      {"lost order", Confirmed, [](OrderFacts& f) { f.order.reset(); },
       "orders.nothing_without_an_order"},
      {"request answered twice", Confirmed, [](OrderFacts& f) { f.order->requests = 2; },
       "orders.one_per_request"},
      {"wrong total", Confirmed, [](OrderFacts& f) { f.order->lines_total_minor = 499; },
       "orders.total_equals_lines"},
      {"a state change is missing", Confirmed,
       [](OrderFacts& f) { f.order->history_complete = false; }, "orders.history_without_gaps"},
      {"no end after the bound", Pending,
       [](OrderFacts& f) { f.order->saga_seconds = 3 * 3600 + 1; }, "orders.end_in_time"},
      {"saga goes on", Confirmed, [](OrderFacts& f) { f.order->saga_state = "RUNNING"; },
       "orders.saga_matches_state"},
      {"saga ended without the order", Pending,
       [](OrderFacts& f) { f.order->saga_state = "COMPLETED"; }, "orders.saga_matches_state"},
      {"stock not committed", Confirmed, [](OrderFacts& f) { f.reservation->state = "RESERVED"; },
       "stock.reservation_matches_state"},
      {"other stock committed", Confirmed, [](OrderFacts& f) { f.reservation->lines = "A=1,B=1"; },
       "stock.reservation_matches_state"},
      {"stock kept", Rejected, [](OrderFacts& f) { f.reservation->state = "RESERVED"; },
       "stock.reservation_matches_state"},
      {"told twice", Confirmed, [](OrderFacts& f) { f.notifications->most_of_one_kind = 2; },
       "notifications.at_most_one"},
      {"not told", Confirmed, [](OrderFacts& f) { f.notifications.reset(); },
       "notifications.match_outcome"},
      {"told what did not happen", Confirmed,
       [](OrderFacts& f) {
         f.notifications->events = {"order_confirmed", "order_rejected"};
       },
       "notifications.match_outcome"},
  };
  std::set<std::string> caught;
  for (const Damage& damage : damages) {
    OrderFacts facts = damage.from();
    damage.apply(facts);
    EXPECT_THAT(Broken(facts), ::testing::Contains(damage.rule)) << damage.what;
    caught.insert(damage.rule);
  }
  EXPECT_EQ(caught.size(), OrderRules().size()) << "every rule has a damage that it catches";
}

TEST(OrderRules, WaitForNotificationsUntilQuiesced) {
  OrderFacts facts = Confirmed();
  facts.notifications.reset();

  EXPECT_THAT(Broken(facts, /*quiesced=*/false), ::testing::IsEmpty());
}

TEST(OrderRules, MissNotificationsAfterTheirBound) {
  OrderFacts facts = Confirmed();
  facts.notifications.reset();
  facts.order->unchanged_seconds = 15 * 60 + 1;

  EXPECT_THAT(Broken(facts, /*quiesced=*/false),
              ::testing::ElementsAre("notifications.match_outcome"));
}

TEST(OrderRules, LeaveOrdersThatWaitForAPersonToThem) {
  OrderFacts facts = Pending();
  facts.order->saga_seconds = 30 * 24 * 3600;
  facts.order->saga_waits_for_person = true;

  EXPECT_THAT(Broken(facts, /*quiesced=*/false), ::testing::IsEmpty());
}

TEST(OrderRules, DoNotJudgeRequestsThatWereNotCounted) {
  OrderFacts facts = Confirmed();
  facts.order->requests.reset();

  EXPECT_THAT(Broken(facts), ::testing::IsEmpty());
}

TEST(OrderRules, WithoutTheProvidersBooksTakeTheLedgerAtItsWord) {
  const auto broken = [](const OrderFacts& facts) {
    std::set<std::string> names;
    for (const OrderRule& rule : OrderRules()) {
      if (rule.check(facts, {.quiesced = true, .has_books = false}).broken()) {
        names.insert(rule.name);
      }
    }
    return names;
  };
  for (OrderFacts facts : {Confirmed(), Refunded(), Rejected()}) {
    facts.books.reset();
    EXPECT_THAT(broken(facts), ::testing::IsEmpty());
    EXPECT_TRUE(IsSettled(facts, /*has_books=*/false));
  }

  OrderFacts unpaid = Confirmed();
  unpaid.books.reset();
  unpaid.payment->ledger_captured_minor = 0;
  EXPECT_THAT(broken(unpaid), ::testing::Contains("money.net_capture_matches_state"));
  EXPECT_FALSE(IsSettled(unpaid, /*has_books=*/false));

  OrderFacts lopsided = Refunded();
  lopsided.books.reset();
  lopsided.payment->ledger_balanced = false;
  EXPECT_THAT(broken(lopsided), ::testing::Contains("money.ledger_equals_books"));
}

TEST(IsSettled, OnlyAtRestAndWithEveryPromiseKept) {
  OrderFacts untold = Confirmed();
  untold.notifications.reset();

  EXPECT_TRUE(IsSettled(Confirmed()));
  EXPECT_TRUE(IsSettled(Refunded()));
  EXPECT_FALSE(IsSettled(untold));
  EXPECT_FALSE(IsSettled(Pending()));
  EXPECT_FALSE(IsSettled(OrderFacts{.order_id = "o"}));
}

}  // namespace
}  // namespace orderflow::verify
