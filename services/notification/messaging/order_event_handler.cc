#include "services/notification/messaging/order_event_handler.h"

#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/postgres/transaction.h"
#include "libs/telemetry/metrics.h"
#include "services/notification/messaging/order_event_codec.h"

namespace orderflow::notification {

OrderEventHandler::OrderEventHandler(NotificationStore& store, IdGenerator& ids,
                                     telemetry::Metrics& metrics, std::function<void()> wake)
    : store_(store),
      ids_(ids),
      created_(metrics.AddCounter("orderflow_notification_created_notifications_total",
                                  "Notifications taken in from order.events.")),
      wake_(std::move(wake)) {}

absl::Status OrderEventHandler::Handle(postgres::Transaction& transaction,
                                       std::span<const messaging::Record> records) {
  ASSIGN_OR_RETURN(const std::vector<Notification> notifications, NotificationsOf(records, ids_));
  ASSIGN_OR_RETURN(const int64_t created, store_.Insert(transaction, notifications));
  if (created > 0) {
    transaction.AfterCommit([this, created]() {
      created_.Increment(static_cast<double>(created));
      wake_();
    });
  }
  return absl::OkStatus();
}

}  // namespace orderflow::notification
