#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>

#include "services/inventory/domain/stock_book.h"
#include "services/order/domain/order_store.h"
#include "tests/simulation/consumer.h"
#include "tests/simulation/outbox_table.h"

namespace orderflow::simulation {

// inventory-service with its database: the production stock book and codecs on maps.
class InventoryNode final : public order::PriceQuoter {
 public:
  static constexpr int64_t kUnitPriceMinor = 250;  // of every SKU

  InventoryNode(Environment& environment, Broker& broker, std::map<Sku, int64_t> on_hand);

  absl::StatusOr<order::Quotes> Quote(std::span<const Sku> skus, Timestamp deadline) override;

  // The sweep of reservations that outlived their time.
  bool HasOverdue() const;
  void ExpireOverdue();
  // A paid order waits for pieces that are gone; an operator adds some.
  bool NeedsStock() const { return needs_stock_; }
  void AddStock();

  void Crash();
  void SetClockSkew(Duration skew) { clock_.SetSkew(skew); }

  Consumer& commands() { return commands_; }
  OutboxTable& outbox() { return outbox_; }
  const OutboxTable& outbox() const { return outbox_; }
  const std::map<Sku, inventory::Stock>& stock() const { return stock_; }
  // Pieces that have been put in, at the beginning and later.
  const std::map<Sku, int64_t>& delivered() const { return delivered_; }
  const std::map<OrderId, inventory::Reservation>& reservations() const { return reservations_; }

 private:
  Consumer::Store HandleCommands(std::span<const messaging::Record> records);
  void CoverCommit(const OrderId& order_id, inventory::Outcome outcome);
  void Save(const inventory::StockBook& book);

  Environment& environment_;
  SkewedClock clock_;  // the database's
  const Duration reservation_ttl_;
  std::map<Sku, int64_t> delivered_;
  std::map<Sku, inventory::Stock> stock_;
  std::map<OrderId, inventory::Reservation> reservations_;
  std::map<OrderId, Timestamp> expire_times_;  // of reservations that are RESERVED
  bool needs_stock_ = false;
  OutboxTable outbox_;
  Consumer commands_;
};

}  // namespace orderflow::simulation
