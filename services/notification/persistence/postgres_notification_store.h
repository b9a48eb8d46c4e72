#pragma once

#include <span>
#include <vector>

#include "services/notification/domain/notification_store.h"

namespace orderflow::postgres {
class Pool;
class Transaction;
}  // namespace orderflow::postgres

namespace orderflow::notification {

// Takes notifications in and shows them (table notifications). Threadsafe.
class PostgresNotificationStore final : public NotificationStore {
 public:
  explicit PostgresNotificationStore(postgres::Pool& pool) : pool_(pool) {}

  // Stores the batch in the caller's transaction; those whose (order, event, channel) is known are
  // dropped, so the same event may come any number of times. Returns how many were new.
  absl::StatusOr<int64_t> Insert(postgres::Transaction& transaction,
                                 std::span<const Notification> notifications);

  absl::StatusOr<std::vector<Notification>> List(const NotificationFilter& filter) override;

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::notification
