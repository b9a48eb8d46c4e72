#include "services/order/grpc/event_admin_mapping.h"

#include "google/protobuf/util/time_util.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/proto_time.h"
#include "libs/rpc/recorded_actor.h"

namespace orderflow::order {
namespace {

constexpr int kNanosMax = 999'999'999;

using google::protobuf::util::TimeUtil;

bool IsTime(bool is_set, const google::protobuf::Timestamp& time) {
  return is_set && time.seconds() >= TimeUtil::kTimestampMinSeconds &&
         time.seconds() <= TimeUtil::kTimestampMaxSeconds && time.nanos() >= 0 &&
         time.nanos() <= kNanosMax;
}

}  // namespace

absl::StatusOr<RepublicationRequest> ValidateRepublishEvents(
    const v1::RepublishEventsRequest& request, const rpc::Caller& caller) {
  FieldViolations violations;
  violations.Check(IsUuid(request.request_id()), "request_id", "must be a UUID");
  const bool has_from = violations.Check(IsTime(request.has_from_time(), request.from_time()),
                                         "from_time", "must be a time of the years 1 to 9999");
  const bool has_to = violations.Check(IsTime(request.has_to_time(), request.to_time()), "to_time",
                                       "must be a time of the years 1 to 9999");
  violations.Check(!has_from || !has_to || request.from_time() < request.to_time(), "to_time",
                   "must be after from_time");
  violations.Check(request.after_order_id().empty() || IsUuid(request.after_order_id()),
                   "after_order_id", "must be a UUID or empty");
  const std::string actor = rpc::RecordedActor(caller, request.actor(), "actor", violations);
  CheckReason(request.reason(), "reason", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return RepublicationRequest{.request_id = RequestId(LowerCaseUuid(request.request_id())),
                              .from = rpc::FromProtoTime(request.from_time()),
                              .to = rpc::FromProtoTime(request.to_time()),
                              .after = OrderId(LowerCaseUuid(request.after_order_id())),
                              .actor = actor,
                              .reason = request.reason(),
                              .validate_only = request.validate_only()};
}

absl::StatusOr<EventRepublicationPage> ValidateListEventRepublications(
    const v1::ListEventRepublicationsRequest& request) {
  FieldViolations violations;
  EventRepublicationPage page;
  page.limit = rpc::PageSize(request.page_size(), violations);
  page.before = rpc::DecodeUuidPageToken(request.page_token(), /*filter=*/"", violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return page;
}

v1::EventRepublication ToProto(const EventRepublication& republication) {
  v1::EventRepublication proto;
  proto.set_republication_id(republication.republication_id);
  v1::RepublishEventsRequest& request = *proto.mutable_request();
  request.set_request_id(republication.request.request_id.value());
  *request.mutable_from_time() = rpc::ToProtoTime(republication.request.from);
  *request.mutable_to_time() = rpc::ToProtoTime(republication.request.to);
  request.set_after_order_id(republication.request.after.value());
  request.set_actor(republication.request.actor);
  request.set_reason(republication.request.reason);
  request.set_validate_only(republication.request.validate_only);
  proto.set_orders(republication.orders);
  proto.set_events(republication.events);
  proto.set_last_order_id(republication.last.value());
  if (!republication.republication_id.empty()) {
    *proto.mutable_create_time() = rpc::ToProtoTime(republication.time);
  }
  return proto;
}

}  // namespace orderflow::order
