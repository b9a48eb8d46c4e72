#include "services/order/grpc/event_admin_service.h"

#include <vector>

#include "libs/base/status_macros.h"
#include "libs/rpc/page_token.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/event_admin_mapping.h"

namespace orderflow::order {

void EventAdminGrpcService::RepublishEvents(rpc::ServerCall* call,
                                            const v1::RepublishEventsRequest* request,
                                            v1::EventRepublication* response) {
  executor_.Run(
      call, "RepublishEvents",
      rpc::NotForCustomers(ForClient([=, this](const rpc::Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(const RepublicationRequest part,
                         ValidateRepublishEvents(*request, caller));
        ASSIGN_OR_RETURN(const EventRepublication done, republisher_.Republish(part));
        *response = ToProto(done);
        return absl::OkStatus();
      })));
}

void EventAdminGrpcService::ListEventRepublications(
    rpc::ServerCall* call, const v1::ListEventRepublicationsRequest* request,
    v1::ListEventRepublicationsResponse* response) {
  executor_.Run(call, "ListEventRepublications", rpc::NotForCustomers([=, this]() -> absl::Status {
                  ASSIGN_OR_RETURN(const EventRepublicationPage page,
                                   ValidateListEventRepublications(*request));
                  ASSIGN_OR_RETURN(const std::vector<EventRepublication> republications,
                                   republisher_.List(page.before, page.limit));
                  for (const EventRepublication& republication : republications) {
                    *response->add_republications() = ToProto(republication);
                  }
                  if (static_cast<int>(republications.size()) == page.limit) {
                    response->set_next_page_token(rpc::EncodePageToken(
                        republications.back().republication_id, /*filter=*/""));
                  }
                  return absl::OkStatus();
                }));
}

}  // namespace orderflow::order
