#include "services/order/sagas/order_event_message.h"

#include <algorithm>

#include "google/protobuf/util/time_util.h"
#include "libs/messaging/topics.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "services/order/sagas/refusal_codec.h"

namespace orderflow::order {
namespace {

void SetPlaced(const Order& order, v1::OrderPlaced& placed) {
  for (const OrderLine& line : order.lines) {
    v1::OrderItem& item = *placed.add_items();
    item.set_sku(line.sku.value());
    item.set_quantity(line.quantity);
    item.mutable_unit_price()->set_currency_code(order.total.currency_code);
    item.mutable_unit_price()->set_amount_minor(line.unit_price_minor);
  }
}

void SetEvent(const Order& order, bool refunded, v1::OrderEvent& event) {
  const Refusal refusal = order.refusal().value_or(Refusal{});
  switch (order.state()) {
    case OrderState::kPending:
      SetPlaced(order, *event.mutable_order_placed());
      break;
    case OrderState::kConfirmed:
      event.mutable_order_confirmed();
      break;
    case OrderState::kRejected:
      *event.mutable_order_rejected()->mutable_refusal() = ToProto(refusal);
      break;
    case OrderState::kCancelling:
      *event.mutable_order_cancellation_started()->mutable_refusal() = ToProto(refusal);
      break;
    case OrderState::kCancelled:
      *event.mutable_order_cancelled()->mutable_refusal() = ToProto(refusal);
      event.mutable_order_cancelled()->set_refunded(refunded);
      break;
  }
}

}  // namespace

outbox::OutboxMessage ToEventMessage(const Order& order, bool refunded) {
  v1::OrderEvent event;
  event.set_order_id(order.order_id.value());
  event.set_sequence(order.sequence());
  event.set_customer_id(order.customer_id.value());
  event.set_email(order.email);
  event.mutable_total()->set_currency_code(order.total.currency_code);
  event.mutable_total()->set_amount_minor(order.total.amount_minor);
  *event.mutable_event_time() = google::protobuf::util::TimeUtil::MicrosecondsToTimestamp(
      order.update_time().time_since_epoch().count());
  SetEvent(order, refunded, event);
  outbox::OutboxMessage out;
  out.topic = messaging::kOrderEvents;
  out.key = order.order_id.value();
  out.type = event.GetTypeName();
  out.sequence = order.sequence();
  out.payload = event.SerializeAsString();
  return out;
}

std::vector<outbox::OutboxMessage> EventMessagesBetween(const Order& order, bool refunded,
                                                        Timestamp from, Timestamp to) {
  std::vector<outbox::OutboxMessage> messages;
  Order then = order;
  while (!then.history.empty()) {
    if (then.update_time() >= from && then.update_time() < to) {
      messages.push_back(ToEventMessage(then, refunded));
    }
    then.history.pop_back();
  }
  std::reverse(messages.begin(), messages.end());
  return messages;
}

std::string EventName(OrderState state) {
  switch (state) {
    case OrderState::kPending:
      return "OrderPlaced";
    case OrderState::kConfirmed:
      return "OrderConfirmed";
    case OrderState::kRejected:
      return "OrderRejected";
    case OrderState::kCancelling:
      return "OrderCancellationStarted";
    case OrderState::kCancelled:
      break;
  }
  return "OrderCancelled";
}

}  // namespace orderflow::order
