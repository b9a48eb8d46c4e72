#include "tests/simulation/inventory_node.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "libs/base/invariant.h"
#include "services/inventory/messaging/stock_command_codec.h"

namespace orderflow::simulation {
namespace {

constexpr double kQuoteUnavailable = 0.03;
constexpr double kReservationsShort = 0.15;  // of schedules
constexpr Duration kTtl = std::chrono::hours(24);
constexpr Duration kShortTtl = std::chrono::seconds(15);  // a saga outlives it after one time-out
constexpr int64_t kPiecesAdded = 10;

}  // namespace

InventoryNode::InventoryNode(Environment& environment, Broker& broker,
                             std::map<Sku, int64_t> on_hand)
    : environment_(environment),
      clock_(environment.clock),
      reservation_ttl_(
          environment.Fault(Sometimes::kReservationsShort, kReservationsShort) ? kShortTtl : kTtl),
      delivered_(std::move(on_hand)),
      outbox_(environment, broker, "inventory", 1),
      commands_(
          environment, broker, Topic::kInventoryCommands,
          [this](std::span<const messaging::Record> records) { return HandleCommands(records); }) {
  for (const auto& [sku, pieces] : delivered_) {
    stock_[sku] = {.on_hand = pieces, .reserved = 0};
  }
}

absl::StatusOr<order::Quotes> InventoryNode::Quote(std::span<const Sku> skus,
                                                   Timestamp /*deadline*/) {
  if (environment_.Fault(Sometimes::kQuoteUnavailable, kQuoteUnavailable)) {
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

bool InventoryNode::HasOverdue() const {
  return std::any_of(expire_times_.begin(), expire_times_.end(),
                     [this](const auto& entry) { return entry.second <= clock_.Now(); });
}

void InventoryNode::ExpireOverdue() {
  inventory::StockBook book(stock_, reservations_);
  for (const auto& [order_id, time] : expire_times_) {
    if (time <= clock_.Now() && book.Expire(order_id)) {
      environment_.coverage.Hit(Sometimes::kReservationExpired);
      environment_.Trace("inventory: the reservation of {} expires", order_id.value());
    }
  }
  if (IsApplied(environment_.DrawCommit())) {
    Save(book);
  }
}

void InventoryNode::AddStock() {
  environment_.coverage.Hit(Sometimes::kOperatorAddedStock);
  environment_.Trace("operator: adds {} of each SKU", kPiecesAdded);
  for (auto& [sku, stock] : stock_) {
    stock.on_hand += kPiecesAdded;
    delivered_[sku] += kPiecesAdded;
  }
  needs_stock_ = false;
}

void InventoryNode::Crash() {
  outbox_.Crash(0);
  commands_.Rebalance();
}

Consumer::Store InventoryNode::HandleCommands(std::span<const messaging::Record> records) {
  std::vector<inventory::ReceivedCommand> received;
  received.reserve(records.size());
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
  replies.reserve(received.size());
  for (const inventory::ReceivedCommand& command : received) {
    const inventory::Answer answer = book.Apply(command.command);
    if (command.command.kind == inventory::StockCommandKind::kCommit) {
      CoverCommit(command.command.order_id, answer.outcome);
    }
    replies.push_back(inventory::EncodeReply(command, answer, environment_.ids.NewId()));
  }
  return [this, book = std::move(book), replies = std::move(replies)](bool known) mutable {
    Save(book);
    outbox_.Insert(std::move(replies), known ? std::optional<size_t>(0) : std::nullopt);
  };
}

void InventoryNode::CoverCommit(const OrderId& order_id, inventory::Outcome outcome) {
  if (outcome == inventory::Outcome::kFailed) {
    environment_.coverage.Hit(Sometimes::kExpiredPiecesGone);
    needs_stock_ = true;
    return;
  }
  const auto before = reservations_.find(order_id);
  if (before != reservations_.end() &&
      before->second.state == inventory::ReservationState::kExpired) {
    environment_.coverage.Hit(Sometimes::kExpiredReservationCommitted);
  }
}

void InventoryNode::Save(const inventory::StockBook& book) {
  for (inventory::Reservation& reservation : book.ChangedReservations()) {
    ++reservation.version;
    environment_.Trace("reservation of {} is {}", reservation.order_id.value(),
                       inventory::ToString(reservation.state));
    const OrderId id = reservation.order_id;
    if (reservation.state == inventory::ReservationState::kReserved) {
      expire_times_[id] = clock_.Now() + reservation_ttl_;
    } else {
      expire_times_.erase(id);
    }
    reservations_.insert_or_assign(id, std::move(reservation));
  }
  for (const inventory::StockDelta& delta : book.StockDeltas()) {
    stock_.at(delta.sku).on_hand += delta.on_hand;
    stock_.at(delta.sku).reserved += delta.reserved;
  }
}

}  // namespace orderflow::simulation
