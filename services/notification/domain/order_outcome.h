#pragma once

#include <string>
#include <vector>

#include "libs/base/money.h"
#include "libs/base/strong_id.h"
#include "services/notification/domain/notification.h"

namespace orderflow::notification {

// Why an order was rejected or cancelled (common.v1.Refusal).
enum class Reason { kOther, kOutOfStock, kPaymentDeclined, kCancelledByCustomer, kUnknownSku };

// What is known of an order when its customer is told how it ended.
struct OrderOutcome {
  OrderId order_id;
  CustomerId customer_id;
  std::string email;
  Money total;
  Event event = Event::kOrderConfirmed;
  Reason reason = Reason::kOther;  // for kOrderRejected and kOrderCancelled
  std::string reason_text;         // in the words of whoever refused or cancelled; may be empty
  std::vector<std::string> skus;   // for kOutOfStock and kUnknownSku
  bool refunded = false;           // for kOrderCancelled
  std::string traceparent{};       // of the event's handling, when that is recorded
};

// The e-mail about `outcome`, due at once. With an address that no mail can go to it is PARKED from
// the start, so that people see it. Pure.
Notification NotificationOf(const OrderOutcome& outcome, NotificationId notification_id);

}  // namespace orderflow::notification
