#include "services/order/grpc/order_mapping.h"

#include "libs/rpc/proto_time.h"
#include "services/order/sagas/refusal_codec.h"

namespace orderflow::order {
namespace {}  // namespace

v1::OrderState ToProto(OrderState state) {
  switch (state) {
    case OrderState::kPending:
      return v1::ORDER_STATE_PENDING;
    case OrderState::kConfirmed:
      return v1::ORDER_STATE_CONFIRMED;
    case OrderState::kRejected:
      return v1::ORDER_STATE_REJECTED;
    case OrderState::kCancelling:
      return v1::ORDER_STATE_CANCELLING;
    case OrderState::kCancelled:
      return v1::ORDER_STATE_CANCELLED;
  }
  return v1::ORDER_STATE_UNSPECIFIED;
}

std::optional<OrderState> FromProto(v1::OrderState state) {
  switch (state) {
    case v1::ORDER_STATE_PENDING:
      return OrderState::kPending;
    case v1::ORDER_STATE_CONFIRMED:
      return OrderState::kConfirmed;
    case v1::ORDER_STATE_REJECTED:
      return OrderState::kRejected;
    case v1::ORDER_STATE_CANCELLING:
      return OrderState::kCancelling;
    case v1::ORDER_STATE_CANCELLED:
      return OrderState::kCancelled;
    default:
      return std::nullopt;
  }
}

v1::Order ToProto(const Order& order) {
  v1::Order proto;
  proto.set_order_id(order.order_id.value());
  proto.set_customer_id(order.customer_id.value());
  proto.set_state(ToProto(order.state()));
  for (const OrderLine& line : order.lines) {
    v1::OrderItem& item = *proto.add_items();
    item.set_sku(line.sku.value());
    item.set_quantity(line.quantity);
    item.mutable_unit_price()->set_currency_code(order.total.currency_code);
    item.mutable_unit_price()->set_amount_minor(line.unit_price_minor);
  }
  proto.mutable_total()->set_currency_code(order.total.currency_code);
  proto.mutable_total()->set_amount_minor(order.total.amount_minor);
  proto.set_email(order.email);
  if (order.refusal()) {
    *proto.mutable_refusal() = ToProto(*order.refusal());
  }
  proto.set_sequence(order.sequence());
  *proto.mutable_create_time() = rpc::ToProtoTime(order.create_time());
  *proto.mutable_update_time() = rpc::ToProtoTime(order.update_time());
  return proto;
}

v1::OrderStateChange ToProto(const OrderId& order_id, const StateChange& change) {
  v1::OrderStateChange proto;
  proto.set_order_id(order_id.value());
  proto.set_sequence(change.sequence);
  proto.set_state(ToProto(change.state));
  if (change.refusal) {
    *proto.mutable_refusal() = ToProto(*change.refusal);
  }
  *proto.mutable_change_time() = rpc::ToProtoTime(change.time);
  return proto;
}

}  // namespace orderflow::order
