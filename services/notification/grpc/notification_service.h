#pragma once

#include "libs/rpc/service.h"
#include "orderflow/notification/v1/notification_service.grpc.pb.h"
#include "services/notification/domain/notification_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::notification {

// orderflow.notification.v1.NotificationService: validates, asks the reader, maps back. Threadsafe.
class NotificationGrpcService final : public rpc::ServiceOf<v1::NotificationService::AsyncService> {
 public:
  NotificationGrpcService(NotificationReader& notifications, rpc::CallExecutor& executor);

 private:
  void ListNotifications(rpc::ServerCall* call, const v1::ListNotificationsRequest* request,
                         v1::ListNotificationsResponse* response);

  NotificationReader& notifications_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::notification
