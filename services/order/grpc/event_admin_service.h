#pragma once

#include "libs/rpc/call_executor.h"
#include "libs/rpc/service.h"
#include "orderflow/order/v1/event_admin_service.grpc.pb.h"
#include "services/order/sagas/event_republisher.h"

namespace orderflow::order {

// The API of event_admin_service.proto. Threadsafe.
class EventAdminGrpcService final : public rpc::ServiceOf<v1::EventAdminService::AsyncService> {
 public:
  EventAdminGrpcService(EventRepublisher& republisher, rpc::CallExecutor& executor)
      : republisher_(republisher), executor_(executor) {
    Unary(&Generated::RequestRepublishEvents, &EventAdminGrpcService::RepublishEvents);
    Unary(&Generated::RequestListEventRepublications,
          &EventAdminGrpcService::ListEventRepublications);
  }

 private:
  void RepublishEvents(rpc::ServerCall* call, const v1::RepublishEventsRequest* request,
                       v1::EventRepublication* response);
  void ListEventRepublications(rpc::ServerCall* call,
                               const v1::ListEventRepublicationsRequest* request,
                               v1::ListEventRepublicationsResponse* response);

  EventRepublisher& republisher_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
