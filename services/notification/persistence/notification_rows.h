#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "libs/postgres/rows.h"
#include "services/notification/domain/notification.h"

namespace orderflow::notification {

// What ReadNotifications expects to be selected, in this order. `body` is a column or a literal.
#define ORDERFLOW_NOTIFICATION_COLUMNS(body)                                                \
  "notification_id, order_id, event, channel, customer_id, recipient, subject, " body       \
  ", state, attempts, COALESCE(claim_id::text, ''), last_error, create_time, update_time, " \
  "traceparent"

// kInternal: a row is not as this service writes it.
absl::StatusOr<std::vector<Notification>> ReadNotifications(const postgres::Rows& rows);

}  // namespace orderflow::notification
