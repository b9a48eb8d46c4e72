#include "services/order/sagas/inventory_proxy.h"

#include "libs/base/invariant.h"
#include "libs/messaging/topics.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"
#include "services/order/sagas/step_ref.h"

namespace orderflow::order {

bool InventoryProxy::Understands(const saga::Command& command) {
  return command.command == "ReserveStock" || command.command == "ReleaseStock" ||
         command.command == "CommitReservation" || command.command == "Restock";
}

outbox::OutboxMessage InventoryProxy::ToMessage(const saga::Command& command, const SagaId& saga_id,
                                                const Order& order) {
  INVARIANT(Understands(command), "the saga definitions name only commands of a participant");
  inventory::v1::InventoryCommand message;
  *message.mutable_step() = StepRef(command, saga_id, order.order_id);
  if (command.command == "ReserveStock") {
    auto& lines = *message.mutable_reserve_stock()->mutable_lines();
    for (const OrderLine& line : order.lines) {
      auto& added = *lines.Add();
      added.set_sku(line.sku.value());
      added.set_quantity(line.quantity);
    }
  } else if (command.command == "ReleaseStock") {
    message.mutable_release_stock();
  } else if (command.command == "CommitReservation") {
    message.mutable_commit_reservation();
  } else {
    message.mutable_restock();
  }
  outbox::OutboxMessage out;
  out.topic = messaging::kInventoryCommands;
  out.key = order.order_id.value();
  out.type = message.GetTypeName();
  out.payload = message.SerializeAsString();
  return out;
}

}  // namespace orderflow::order
