#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "services/notification/domain/notification.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::notification {

// Notifications inside a transaction that the caller runs (port). Threadsafe.
class NotificationStore {
 public:
  virtual ~NotificationStore() = default;

  // Stores the batch; those whose (order, event, channel) is known are dropped, so the same event
  // may come any number of times. Returns how many were new.
  virtual absl::StatusOr<int64_t> Insert(postgres::Transaction& transaction,
                                         std::span<const Notification> notifications) = 0;
};

struct NotificationFilter {
  OrderId order_id{};            // empty: any
  CustomerId customer_id{};      // empty: any
  std::optional<State> state{};  // nothing: any
  NotificationId before{};       // only older ones; empty: from the newest
  int limit = 0;
};

// Reads for the API (port). Threadsafe.
class NotificationReader {
 public:
  virtual ~NotificationReader() = default;

  // Newest first, without bodies. kUnavailable.
  virtual absl::StatusOr<std::vector<Notification>> List(const NotificationFilter& filter) = 0;
};

}  // namespace orderflow::notification
