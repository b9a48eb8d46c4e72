#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"
#include "orderflow/order/v1/event_admin_service.pb.h"
#include "services/order/sagas/event_republisher.h"

namespace orderflow::order {

// Requests as they are asked for; kInvalidArgument names every field that is not as required.
absl::StatusOr<RepublicationRequest> ValidateRepublishEvents(
    const v1::RepublishEventsRequest& request, const rpc::Caller& caller);
struct EventRepublicationPage {
  std::string before;
  int limit = 0;
};
absl::StatusOr<EventRepublicationPage> ValidateListEventRepublications(
    const v1::ListEventRepublicationsRequest& request);

v1::EventRepublication ToProto(const EventRepublication& republication);

}  // namespace orderflow::order
