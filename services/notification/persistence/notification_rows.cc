#include "services/notification/persistence/notification_rows.h"

#include <optional>
#include <utility>

#include "fmt/format.h"

namespace orderflow::notification {

absl::StatusOr<std::vector<Notification>> ReadNotifications(const postgres::Rows& rows) {
  std::vector<Notification> notifications;
  notifications.reserve(static_cast<size_t>(rows.size()));
  for (const postgres::Row& row : rows) {
    const std::optional<Event> event = ParseEvent(row.Text(2));
    const std::optional<Channel> channel = ParseChannel(row.Text(3));
    const std::optional<State> state = ParseState(row.Text(8));
    if (!event.has_value() || !channel.has_value() || !state.has_value()) {
      return absl::InternalError(
          fmt::format("read notification {}: event {}, channel {} or state {} is unknown; the row "
                      "was not written by this version of notification-service",
                      row.String(0), row.String(2), row.String(3), row.String(8)));
    }
    notifications.push_back({.notification_id = NotificationId(row.String(0)),
                             .order_id = OrderId(row.String(1)),
                             .event = *event,
                             .channel = *channel,
                             .customer_id = CustomerId(row.String(4)),
                             .recipient = row.String(5),
                             .subject = row.String(6),
                             .body = row.String(7),
                             .state = *state,
                             .attempts = static_cast<int>(row.Int(9)),
                             .claim_id = row.String(10),
                             .last_error = row.String(11),
                             .traceparent = row.String(14),
                             .create_time = row.Time(12),
                             .update_time = row.Time(13)});
  }
  return notifications;
}

}  // namespace orderflow::notification
