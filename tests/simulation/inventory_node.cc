#include "tests/simulation/inventory_node.h"

#include <utility>
#include <vector>

#include "libs/base/invariant.h"
#include "libs/messaging/topics.h"
#include "services/inventory/messaging/stock_command_codec.h"

namespace orderflow::simulation {
namespace {

constexpr double kInventoryAway = 0.03;
constexpr int64_t kUnitPriceMinor = 250;

}  // namespace

InventoryNode::InventoryNode(Environment& environment, Broker& broker,
                             std::map<Sku, int64_t> on_hand)
    : environment_(environment),
      initial_(std::move(on_hand)),
      outbox_(environment, broker, "inventory"),
      commands_(
          environment, broker, messaging::kInventoryCommands,
          [this](std::span<const messaging::Record> records) { return HandleCommands(records); }) {
  for (const auto& [sku, pieces] : initial_) {
    stock_[sku] = {.on_hand = pieces, .reserved = 0};
  }
}

absl::StatusOr<order::Quotes> InventoryNode::Quote(std::span<const Sku> skus,
                                                   Timestamp /*deadline*/) {
  if (environment_.Fault(kInventoryAway)) {
    return absl::UnavailableError("inventory is away");
  }
  order::Quotes quotes;
  for (const Sku& sku : skus) {
    if (stock_.contains(sku)) {
      quotes[sku] = Money{"EUR", kUnitPriceMinor};
    }
  }
  return quotes;
}

Consumer::Store InventoryNode::HandleCommands(std::span<const messaging::Record> records) {
  std::vector<inventory::ReceivedCommand> received;
  std::map<OrderId, inventory::Reservation> loaded;
  for (const messaging::Record& record : records) {
    auto command = inventory::DecodeCommand(record);
    INVARIANT(command.ok(), "the orchestrator writes well-formed commands");
    if (const auto found = reservations_.find(command->command.order_id);
        found != reservations_.end()) {
      loaded.insert(*found);
    }
    received.push_back(*std::move(command));
  }
  inventory::StockBook book(stock_, std::move(loaded));
  std::vector<outbox::OutboxMessage> replies;
  for (const inventory::ReceivedCommand& command : received) {
    replies.push_back(
        inventory::EncodeReply(command, book.Apply(command.command), environment_.ids.NewId()));
  }
  return [this, book = std::move(book), replies = std::move(replies)](bool known) {
    Save(book);
    outbox_.Insert(replies, known);
  };
}

void InventoryNode::Save(const inventory::StockBook& book) {
  for (inventory::Reservation reservation : book.ChangedReservations()) {
    ++reservation.version;
    const OrderId id = reservation.order_id;
    reservations_.insert_or_assign(id, std::move(reservation));
  }
  for (const inventory::StockDelta& delta : book.StockDeltas()) {
    stock_.at(delta.sku).on_hand += delta.on_hand;
    stock_.at(delta.sku).reserved += delta.reserved;
  }
}

}  // namespace orderflow::simulation
