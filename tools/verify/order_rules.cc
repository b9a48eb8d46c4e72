#include "tools/verify/order_rules.h"

#include <algorithm>

#include "fmt/format.h"

namespace orderflow::verify {
namespace {

bool IsRefused(const OrderRow& order) {
  return order.state == "REJECTED" || order.state == "CANCELLED";
}

bool IsConfirmed(const OrderRow& order) { return order.state == "CONFIRMED"; }

bool IsAtRest(const OrderRow& order) { return IsConfirmed(order) || IsRefused(order); }

Verdict HoldsIf(bool condition, const std::string& what) {
  return condition ? Verdict::Holds() : Verdict::Broken(what);
}

Verdict OneCapture(const OrderFacts& facts, const RuleContext&) {
  if (!facts.books) {
    return Verdict::NotConcerned();
  }
  const BookRow& books = *facts.books;
  const bool counts = books.holds <= 1 && books.captures <= books.holds &&
                      books.voids <= books.holds && books.refunds <= books.captures &&
                      books.captures + books.voids <= 1;
  const bool amounts = books.refunded_minor == 0 || books.refunded_minor == books.captured_minor;
  return HoldsIf(
      counts && amounts,
      fmt::format("the provider shows {} holds, {} captures, {} voids, {} refunds; captured "
                  "{}, refunded {}",
                  books.holds, books.captures, books.voids, books.refunds, books.captured_minor,
                  books.refunded_minor));
}

// The provider's books of an order or, where they are not at hand, what the ledger says of them.
BookRow BooksOf(const OrderFacts& facts, const RuleContext& context) {
  if (context.has_books || !facts.payment) {
    return facts.books.value_or(BookRow{});
  }
  const PaymentRow& payment = *facts.payment;
  return BookRow{.captured_minor = payment.ledger_captured_minor,
                 .refunded_minor = payment.ledger_refunded_minor,
                 .currency_codes = payment.currency_code};
}

Verdict NetCaptureMatchesState(const OrderFacts& facts, const RuleContext& context) {
  if (!facts.order || !IsAtRest(*facts.order)) {
    return Verdict::NotConcerned();
  }
  const OrderRow& order = *facts.order;
  const BookRow books = BooksOf(facts, context);
  const int64_t net = books.captured_minor - books.refunded_minor;
  const int64_t due = IsConfirmed(order) ? order.total_minor : 0;
  const bool currency = books.currency_codes.empty() || books.currency_codes == order.currency_code;
  return HoldsIf(net == due && currency,
                 fmt::format("{} with {} {} captured net of refunds, {} {} is due", order.state,
                             net, books.currency_codes, due, order.currency_code));
}

Verdict NoHoldLeft(const OrderFacts& facts, const RuleContext& context) {
  if (!context.has_books || !facts.order || !IsAtRest(*facts.order)) {
    return Verdict::NotConcerned();
  }
  const BookRow books = facts.books.value_or(BookRow{});
  return HoldsIf(
      books.holds == books.captures + books.voids,
      fmt::format("{} with a hold that was neither captured nor voided", facts.order->state));
}

Verdict LedgerEqualsBooks(const OrderFacts& facts, const RuleContext& context) {
  const bool settled = context.quiesced || (facts.order && IsAtRest(*facts.order));
  if (!settled || (!facts.payment && !facts.books)) {
    return Verdict::NotConcerned();
  }
  const BookRow books = BooksOf(facts, context);
  const PaymentRow payment = facts.payment.value_or(PaymentRow{});
  return HoldsIf(payment.ledger_captured_minor == books.captured_minor &&
                     payment.ledger_refunded_minor == books.refunded_minor &&
                     payment.ledger_balanced,
                 fmt::format("the ledger has captured {} refunded {} (balanced: {}), the provider "
                             "captured {} refunded {}",
                             payment.ledger_captured_minor, payment.ledger_refunded_minor,
                             payment.ledger_balanced, books.captured_minor, books.refunded_minor));
}

Verdict PaymentMatchesState(const OrderFacts& facts, const RuleContext&) {
  if (!facts.order || !IsAtRest(*facts.order)) {
    return Verdict::NotConcerned();
  }
  const OrderRow& order = *facts.order;
  const PaymentRow payment = facts.payment.value_or(PaymentRow{});
  if (IsConfirmed(order)) {
    return HoldsIf(payment.state == "CAPTURED" && payment.amount_minor == order.total_minor &&
                       payment.currency_code == order.currency_code,
                   fmt::format("CONFIRMED with a payment {} of {} {}", payment.state,
                               payment.amount_minor, payment.currency_code));
  }
  const bool ended = payment.state.empty() || payment.state == "DECLINED" ||
                     payment.state == "VOIDED" || payment.state == "REFUNDED";
  return HoldsIf(ended, fmt::format("{} with a payment {}", order.state, payment.state));
}

Verdict NothingWithoutAnOrder(const OrderFacts& facts, const RuleContext&) {
  return HoldsIf(
      facts.order.has_value(),
      fmt::format("no order, but payment: {}, provider: {}, reservation: {}, notifications: {}",
                  facts.payment.has_value(), facts.books.has_value(), facts.reservation.has_value(),
                  facts.notifications.has_value()));
}

Verdict ReservationMatchesState(const OrderFacts& facts, const RuleContext&) {
  if (!facts.order || !IsAtRest(*facts.order)) {
    return Verdict::NotConcerned();
  }
  const OrderRow& order = *facts.order;
  const std::string state = facts.reservation ? facts.reservation->state : "";
  if (IsConfirmed(order)) {
    return HoldsIf(state == "COMMITTED" && facts.reservation->lines == order.lines,
                   fmt::format("CONFIRMED with a reservation {} of [{}], ordered [{}]", state,
                               facts.reservation ? facts.reservation->lines : "", order.lines));
  }
  const bool given_back =
      state.empty() || state == "REFUSED" || state == "RELEASED" || state == "RESTOCKED";
  return HoldsIf(given_back, fmt::format("{} with a reservation {}", order.state, state));
}

Verdict AtMostOneNotification(const OrderFacts& facts, const RuleContext&) {
  if (!facts.notifications) {
    return Verdict::NotConcerned();
  }
  return HoldsIf(facts.notifications->most_of_one_kind <= 1,
                 fmt::format("{} notifications of one event and channel",
                             facts.notifications->most_of_one_kind));
}

Verdict NotificationsMatchOutcome(const OrderFacts& facts, const RuleContext& context) {
  if (!facts.order) {
    return Verdict::NotConcerned();
  }
  const OrderRow& order = *facts.order;
  std::vector<std::string> due;
  if (order.state == "CANCELLED") {
    due.emplace_back("order_cancelled");
  }
  if (order.was_confirmed) {
    due.emplace_back("order_confirmed");
  }
  if (order.state == "REJECTED") {
    due.emplace_back("order_rejected");
  }
  const std::vector<std::string> events =
      facts.notifications ? facts.notifications->events : std::vector<std::string>{};
  const bool none_too_many = std::includes(due.begin(), due.end(), events.begin(), events.end());
  const bool overdue =
      IsAtRest(order) && order.unchanged_seconds > context.notification_seconds_max;
  const bool complete = !(context.quiesced || overdue) || due == events;
  return HoldsIf(none_too_many && complete,
                 fmt::format("{} with notifications [{}], due [{}]", order.state,
                             fmt::join(events, ","), fmt::join(due, ",")));
}

Verdict TotalEqualsLines(const OrderFacts& facts, const RuleContext&) {
  if (!facts.order) {
    return Verdict::NotConcerned();
  }
  return HoldsIf(facts.order->total_minor == facts.order->lines_total_minor,
                 fmt::format("total {} but its lines add up to {}", facts.order->total_minor,
                             facts.order->lines_total_minor));
}

Verdict OneOrderPerRequest(const OrderFacts& facts, const RuleContext&) {
  if (!facts.order || !facts.order->requests) {
    return Verdict::NotConcerned();
  }
  return HoldsIf(*facts.order->requests == 1,
                 fmt::format("{} requests point to it", *facts.order->requests));
}

Verdict HistoryWithoutGaps(const OrderFacts& facts, const RuleContext&) {
  if (!facts.order) {
    return Verdict::NotConcerned();
  }
  return HoldsIf(
      facts.order->history_complete,
      fmt::format("{} with a history that has gaps or ends otherwise", facts.order->state));
}

Verdict EndsInTime(const OrderFacts& facts, const RuleContext& context) {
  if (!facts.order || IsAtRest(*facts.order) || facts.order->saga_waits_for_person) {
    return Verdict::NotConcerned();
  }
  // The age is not in the words: they must not change while nothing else does.
  return HoldsIf(facts.order->saga_seconds <= context.order_seconds_max,
                 fmt::format("{} for more than {} s, its saga is {}", facts.order->state,
                             context.order_seconds_max, facts.order->saga_state));
}

Verdict SagaMatchesState(const OrderFacts& facts, const RuleContext&) {
  if (!facts.order) {
    return Verdict::NotConcerned();
  }
  const std::string& saga = facts.order->saga_state;
  const bool saga_ended = saga == "COMPLETED" || saga == "COMPENSATED";
  return HoldsIf(IsAtRest(*facts.order) == saga_ended,
                 fmt::format("{} while its saga is {}", facts.order->state, saga));
}

}  // namespace

const std::vector<OrderRule>& OrderRules() {
  static const std::vector<OrderRule> rules = {
      {"money.one_capture", "at most one net capture per order at the provider", OneCapture},
      {"money.net_capture_matches_state",
       "CONFIRMED is paid in full, REJECTED and CANCELLED not at all", NetCaptureMatchesState},
      {"money.no_hold_left", "an order at rest leaves no hold at the provider", NoHoldLeft},
      {"money.ledger_equals_books", "the ledger balances and equals the provider's books",
       LedgerEqualsBooks},
      {"money.payment_matches_state", "the payment stands as the order's state says",
       PaymentMatchesState},
      {"orders.nothing_without_an_order",
       "no money, stock or mail moved for an order that is not there", NothingWithoutAnOrder},
      {"orders.one_per_request", "each order answers exactly one request", OneOrderPerRequest},
      {"orders.total_equals_lines", "an order costs what its lines cost", TotalEqualsLines},
      {"orders.history_without_gaps",
       "state changes, and so the order's events, are numbered 1, 2, ... up to its state",
       HistoryWithoutGaps},
      {"orders.end_in_time", "an order ends within its bound unless its saga waits for a person",
       EndsInTime},
      {"orders.saga_matches_state", "an order is at rest exactly when its saga has ended",
       SagaMatchesState},
      {"stock.reservation_matches_state",
       "CONFIRMED has its stock, REJECTED and CANCELLED gave it back", ReservationMatchesState},
      {"notifications.at_most_one", "at most one notification per order, event and channel",
       AtMostOneNotification},
      {kNotificationsMatchOutcome, "customers are told what happened and nothing else",
       NotificationsMatchOutcome},
  };
  return rules;
}

bool IsSettled(const OrderFacts& facts, bool has_books) {
  return facts.order && IsAtRest(*facts.order) &&
         std::none_of(OrderRules().begin(), OrderRules().end(), [&](const OrderRule& rule) {
           return rule.check(facts, {.quiesced = true, .has_books = has_books}).broken();
         });
}

}  // namespace orderflow::verify
