#include "services/notification/grpc/notification_service.h"

#include <vector>

#include "libs/base/status_macros.h"
#include "libs/rpc/call_executor.h"
#include "services/notification/grpc/notification_mapping.h"

namespace orderflow::notification {

NotificationGrpcService::NotificationGrpcService(NotificationReader& notifications,
                                                 rpc::CallExecutor& executor)
    : notifications_(notifications), executor_(executor) {
  Unary(&Generated::RequestListNotifications, &NotificationGrpcService::ListNotifications);
}

void NotificationGrpcService::ListNotifications(rpc::ServerCall* call,
                                                const v1::ListNotificationsRequest* request,
                                                v1::ListNotificationsResponse* response) {
  executor_.Run(call, "ListNotifications",
                rpc::NotForCustomers([this, request, response]() -> absl::Status {
                  ASSIGN_OR_RETURN(const ListRequest list, FromProto(*request));
                  ASSIGN_OR_RETURN(const std::vector<Notification> notifications,
                                   notifications_.List(list.filter));
                  *response = ToProto(notifications, list);
                  return absl::OkStatus();
                }));
}

}  // namespace orderflow::notification
