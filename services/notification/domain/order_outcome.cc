#include "services/notification/domain/order_outcome.h"

#include <utility>

#include "libs/base/validation.h"
#include "services/notification/domain/email_templates.h"

namespace orderflow::notification {

Notification NotificationOf(const OrderOutcome& outcome, NotificationId notification_id) {
  EmailText text = RenderEmail(outcome);
  Notification notification{.notification_id = std::move(notification_id),
                            .order_id = outcome.order_id,
                            .event = outcome.event,
                            .channel = Channel::kEmail,
                            .customer_id = outcome.customer_id,
                            .recipient = outcome.email,
                            .subject = std::move(text.subject),
                            .body = std::move(text.body),
                            .state = State::kPending,
                            .attempts = 0,
                            .claim_id = {},
                            .last_error = {},
                            .traceparent = outcome.traceparent,
                            .create_time = {},
                            .update_time = {}};
  if (!IsEmail(outcome.email)) {
    notification.recipient.clear();  // whatever it holds must never reach a mail header
    notification.state = State::kParked;
    notification.last_error = "the order's e-mail address is malformed; nothing was sent";
  }
  return notification;
}

}  // namespace orderflow::notification
