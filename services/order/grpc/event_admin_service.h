#pragma once

#include "libs/rpc/call_executor.h"
#include "orderflow/order/v1/event_admin_service.grpc.pb.h"
#include "services/order/sagas/event_republisher.h"

namespace orderflow::order {

// The API of event_admin_service.proto. Threadsafe.
class EventAdminGrpcService final : public v1::EventAdminService::CallbackService {
 public:
  EventAdminGrpcService(EventRepublisher& republisher, rpc::CallExecutor& executor)
      : republisher_(republisher), executor_(executor) {}

  grpc::ServerUnaryReactor* RepublishEvents(grpc::CallbackServerContext* context,
                                            const v1::RepublishEventsRequest* request,
                                            v1::EventRepublication* response) override;
  grpc::ServerUnaryReactor* ListEventRepublications(
      grpc::CallbackServerContext* context, const v1::ListEventRepublicationsRequest* request,
      v1::ListEventRepublicationsResponse* response) override;

 private:
  EventRepublisher& republisher_;
  rpc::CallExecutor& executor_;
};

}  // namespace orderflow::order
