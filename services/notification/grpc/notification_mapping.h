#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "orderflow/notification/v1/notification_service.pb.h"
#include "services/notification/domain/notification_store.h"

namespace orderflow::notification {

// A checked ListNotifications request. `filter.limit` is one more than the page, to see whether
// there is another one.
struct ListRequest {
  NotificationFilter filter;
  int page_size = 0;
  std::string token_filter;  // what page tokens are bound to
};

// kInvalidArgument names every violated field at once.
absl::StatusOr<ListRequest> FromProto(const v1::ListNotificationsRequest& request);

v1::ListNotificationsResponse ToProto(const std::vector<Notification>& notifications,
                                      const ListRequest& request);

}  // namespace orderflow::notification
