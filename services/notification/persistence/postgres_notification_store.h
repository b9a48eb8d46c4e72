#pragma once

#include <span>
#include <vector>

#include "services/notification/domain/notification_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::notification {

// Takes notifications in and shows them (table notifications). Threadsafe.
class PostgresNotificationStore final : public NotificationStore, public NotificationReader {
 public:
  explicit PostgresNotificationStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<int64_t> Insert(postgres::Transaction& transaction,
                                 std::span<const Notification> notifications) override;
  absl::StatusOr<std::vector<Notification>> List(const NotificationFilter& filter) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::notification
