#pragma once

#include <map>
#include <span>

#include "services/inventory/domain/stock_book.h"
#include "services/order/domain/order_store.h"
#include "tests/simulation/consumer.h"
#include "tests/simulation/outbox_table.h"

namespace orderflow::simulation {

// inventory-service with its database: the production stock book and codecs on maps.
class InventoryNode final : public order::PriceQuoter {
 public:
  InventoryNode(Environment& environment, Broker& broker, std::map<Sku, int64_t> on_hand);

  absl::StatusOr<order::Quotes> Quote(std::span<const Sku> skus, Timestamp deadline) override;

  void Crash() { outbox_.Crash(); }

  Consumer& commands() { return commands_; }
  const Consumer& commands() const { return commands_; }
  OutboxTable& outbox() { return outbox_; }
  const OutboxTable& outbox() const { return outbox_; }
  const std::map<Sku, inventory::Stock>& stock() const { return stock_; }
  const std::map<Sku, int64_t>& initial() const { return initial_; }
  const std::map<OrderId, inventory::Reservation>& reservations() const { return reservations_; }

 private:
  Consumer::Store HandleCommands(std::span<const messaging::Record> records);
  void Save(const inventory::StockBook& book);

  Environment& environment_;
  const std::map<Sku, int64_t> initial_;
  std::map<Sku, inventory::Stock> stock_;
  std::map<OrderId, inventory::Reservation> reservations_;
  OutboxTable outbox_;
  Consumer commands_;
};

}  // namespace orderflow::simulation
