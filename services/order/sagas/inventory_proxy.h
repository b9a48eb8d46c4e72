#pragma once

#include <string>

#include "libs/outbox/outbox_message.h"
#include "libs/saga/engine.h"
#include "services/order/domain/order.h"

namespace orderflow::order {

// The inventory participant: its topic and the shape of its commands (inventory_commands.proto).
class InventoryProxy {
 public:
  // True for commands that inventory understands.
  static bool Understands(const saga::Command& command);
  // The message for a command; message_id and traceparent are left to the caller.
  static outbox::OutboxMessage ToMessage(const saga::Command& command, const SagaId& saga_id,
                                         const Order& order);
};

}  // namespace orderflow::order
