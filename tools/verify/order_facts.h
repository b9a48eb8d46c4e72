#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace orderflow::verify {

// What each database says about one order. A part that is absent has no row there.

struct OrderRow {  // database orders
  std::string state;
  std::string currency_code;
  int64_t total_minor = 0;
  int64_t lines_total_minor = 0;  // sum of quantity x unit price
  std::string lines;              // "SKU=QUANTITY,..." sorted by SKU
  bool was_confirmed = false;     // its history passed through CONFIRMED
  bool history_complete = true;   // numbered 1, 2, ... and the last entry is the order's state
  std::string saga_id = {};       // of the saga that works, or worked last, for it
  std::string saga_state;         // empty: there is no such saga
  // It needs attention, or a person holds it or has paused a step that it is at.
  bool saga_waits_for_person = false;
  // CreateOrder requests that this order answers; unset: not counted.
  std::optional<int64_t> requests = {};
  int64_t unchanged_seconds = 0;  // since the order's last change
  int64_t saga_seconds = 0;       // since that saga began
};

struct PaymentRow {   // database payments
  std::string state;  // empty: ledger rows without a payment
  std::string currency_code;
  int64_t amount_minor = 0;
  int64_t ledger_captured_minor = 0;
  int64_t ledger_refunded_minor = 0;
  bool ledger_balanced = true;  // a refund reverses the capture's accounts and amount
};

struct BookRow {  // database provider: only operations that were carried out
  int64_t holds = 0;
  int64_t captures = 0;
  int64_t voids = 0;
  int64_t refunds = 0;
  int64_t captured_minor = 0;
  int64_t refunded_minor = 0;
  std::string currency_codes;  // distinct, sorted
};

struct ReservationRow {  // database inventory
  std::string state;
  std::string lines;  // as in OrderRow
};

struct NotificationRow {            // database notifications
  int64_t most_of_one_kind = 0;     // rows of the most frequent (event, channel)
  std::vector<std::string> events;  // distinct, sorted
};

struct OrderFacts {
  std::string order_id;
  std::optional<OrderRow> order = {};
  std::optional<PaymentRow> payment = {};
  std::optional<BookRow> books = {};
  std::optional<ReservationRow> reservation = {};
  std::optional<NotificationRow> notifications = {};
};

}  // namespace orderflow::verify
