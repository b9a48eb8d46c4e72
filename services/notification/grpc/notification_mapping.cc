#include "services/notification/grpc/notification_mapping.h"

#include <optional>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/proto_time.h"

namespace orderflow::notification {
namespace {

std::optional<State> FromProto(v1::NotificationState state) {
  switch (state) {
    case v1::NOTIFICATION_STATE_PENDING:
      return State::kPending;
    case v1::NOTIFICATION_STATE_SENDING:
      return State::kSending;
    case v1::NOTIFICATION_STATE_SENT:
      return State::kSent;
    case v1::NOTIFICATION_STATE_PARKED:
      return State::kParked;
    default:
      return std::nullopt;
  }
}

v1::NotificationState ToProto(State state) {
  switch (state) {
    case State::kPending:
      return v1::NOTIFICATION_STATE_PENDING;
    case State::kSending:
      return v1::NOTIFICATION_STATE_SENDING;
    case State::kSent:
      return v1::NOTIFICATION_STATE_SENT;
    case State::kParked:
      return v1::NOTIFICATION_STATE_PARKED;
  }
  return v1::NOTIFICATION_STATE_UNSPECIFIED;
}

v1::Notification ToProto(const Notification& notification) {
  v1::Notification proto;
  proto.set_notification_id(notification.notification_id.value());
  proto.set_order_id(notification.order_id.value());
  proto.set_event(std::string(ToString(notification.event)));
  proto.set_channel(v1::CHANNEL_EMAIL);
  proto.set_customer_id(notification.customer_id.value());
  proto.set_recipient(notification.recipient);
  proto.set_subject(notification.subject);
  proto.set_state(ToProto(notification.state));
  proto.set_attempts(notification.attempts);
  proto.set_last_error(notification.last_error);
  *proto.mutable_create_time() = rpc::ToProtoTime(notification.create_time);
  *proto.mutable_update_time() = rpc::ToProtoTime(notification.update_time);
  return proto;
}

}  // namespace

absl::StatusOr<ListRequest> FromProto(const v1::ListNotificationsRequest& request) {
  FieldViolations violations;
  violations.Check(request.order_id().empty() || IsUuid(request.order_id()), "order_id",
                   "must be empty or a UUID in text form");
  violations.Check(request.customer_id().empty() || IsName(request.customer_id()), "customer_id",
                   kNameRule);
  violations.Check(v1::NotificationState_IsValid(request.state()), "state",
                   "must be a NotificationState");
  ListRequest list;
  list.token_filter = fmt::format("notifications/{}/{}/{}", request.order_id(),
                                  request.customer_id(), static_cast<int>(request.state()));
  list.page_size = rpc::PageSize(request.page_size(), violations);
  list.filter.before =
      NotificationId(rpc::DecodeUuidPageToken(request.page_token(), list.token_filter, violations));
  RETURN_IF_ERROR(violations.ToStatus());
  list.filter.order_id = OrderId(request.order_id());
  list.filter.customer_id = CustomerId(request.customer_id());
  list.filter.state = FromProto(request.state());
  list.filter.limit = list.page_size + 1;
  return list;
}

v1::ListNotificationsResponse ToProto(const std::vector<Notification>& notifications,
                                      const ListRequest& request) {
  v1::ListNotificationsResponse response;
  for (const Notification& notification : notifications) {
    if (response.notifications_size() == request.page_size) {
      const std::string& last = response.notifications(request.page_size - 1).notification_id();
      response.set_next_page_token(rpc::EncodePageToken(last, request.token_filter));
      break;
    }
    *response.add_notifications() = ToProto(notification);
  }
  return response;
}

}  // namespace orderflow::notification
