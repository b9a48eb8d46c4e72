#pragma once

#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "services/notification/domain/notification.h"

namespace orderflow::notification {

struct NotificationFilter {
  OrderId order_id{};            // empty: any
  CustomerId customer_id{};      // empty: any
  std::optional<State> state{};  // nothing: any
  NotificationId before{};       // only older ones; empty: from the newest
  int limit = 0;
};

// Shows notifications (port). Threadsafe.
class NotificationStore {
 public:
  virtual ~NotificationStore() = default;

  // Newest first, without bodies. kUnavailable.
  virtual absl::StatusOr<std::vector<Notification>> List(const NotificationFilter& filter) = 0;
};

}  // namespace orderflow::notification
