#pragma once

#include <string>
#include <vector>

#include "libs/outbox/outbox_message.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// The record of order.events for an order's latest state change; message_id and traceparent are
// left to the caller. `refunded` matters for CANCELLED only.
outbox::OutboxMessage ToEventMessage(const Order& order, bool refunded);

// The records of its state changes from `from` on and before `to`, in their order: each as it was
// when it was new.
std::vector<outbox::OutboxMessage> EventMessagesBetween(const Order& order, bool refunded,
                                                        Timestamp from, Timestamp to);

// Which kind of event tells that an order has come to this state: "OrderConfirmed".
std::string EventName(OrderState state);

}  // namespace orderflow::order
