#include "services/order/sagas/event_republisher.h"

#include "services/order/sagas/saga_action.h"

namespace orderflow::order {

absl::Status CheckSameRepublication(const EventRepublication& stored,
                                    const RepublicationRequest& request) {
  const RepublicationRequest& first = stored.request;
  if (first.from == request.from && first.to == request.to && first.actor == request.actor &&
      first.reason == request.reason) {
    return absl::OkStatus();
  }
  return ActionRequestIdReused(request.request_id);
}

}  // namespace orderflow::order
