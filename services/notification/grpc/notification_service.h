#pragma once

#include "orderflow/notification/v1/notification_service.grpc.pb.h"
#include "services/notification/domain/notification_store.h"

namespace orderflow::rpc {
class CallExecutor;
}

namespace orderflow::notification {

// orderflow.notification.v1.NotificationService: validates, asks the reader, maps back. Threadsafe.
class NotificationGrpcService final : public v1::NotificationService::CallbackService {
 public:
  NotificationGrpcService(NotificationReader& notifications, rpc::CallExecutor& executor);

  grpc::ServerUnaryReactor* ListNotifications(grpc::CallbackServerContext* context,
                                              const v1::ListNotificationsRequest* request,
                                              v1::ListNotificationsResponse* response) override;

 private:
  NotificationReader& notifications_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::notification
