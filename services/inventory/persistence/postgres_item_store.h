#pragma once

#include <functional>
#include <span>
#include <vector>

#include "services/inventory/domain/item_store.h"

namespace orderflow::postgres {
class Pool;
class Transaction;
}  // namespace orderflow::postgres

namespace orderflow::inventory {

// Tables items and stock_adjustments. A commit in doubt is settled by doing the same again, since
// every method is idempotent; kUnknown comes out only when that stays in doubt too. Threadsafe.
class PostgresItemStore final : public ItemStore {
 public:
  explicit PostgresItemStore(postgres::Pool& pool) : pool_(pool) {}

  absl::StatusOr<std::vector<Quote>> FindQuotes(std::span<const Sku> skus) override;
  absl::StatusOr<Item> Get(const Sku& sku) override;
  absl::StatusOr<std::vector<Item>> List(const Sku& after, int limit) override;
  absl::StatusOr<Item> Upsert(const ItemDescription& description) override;
  absl::StatusOr<Item> Adjust(const StockAdjustment& adjustment) override;

 private:
  absl::Status RunIdempotent(const std::function<absl::Status(postgres::Transaction&)>& body);

  postgres::Pool& pool_;
};

}  // namespace orderflow::inventory
