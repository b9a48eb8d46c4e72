#pragma once

#include "libs/outbox/outbox_message.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// The record of order.events for an order's latest state change; message_id and traceparent are
// left to the caller. `refunded` matters for CANCELLED only.
outbox::OutboxMessage ToEventMessage(const Order& order, bool refunded);

}  // namespace orderflow::order
