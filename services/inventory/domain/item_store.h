#pragma once

#include <span>
#include <vector>

#include "absl/status/statusor.h"
#include "services/inventory/domain/item.h"

namespace orderflow::inventory {

// Where items are kept (port). Threadsafe. Errors of every method: kUnavailable (nothing stored),
// kUnknown (a commit stayed in doubt: the same call again is safe, all of them are idempotent).
class ItemStore {
 public:
  virtual ~ItemStore() = default;

  // Quotes of those SKUs that exist, sorted by SKU.
  virtual absl::StatusOr<std::vector<Quote>> FindQuotes(std::span<const Sku> skus) = 0;

  // kNotFound.
  virtual absl::StatusOr<Item> Get(const Sku& sku) = 0;

  // Up to `limit` items after `after` (empty: from the first), by SKU.
  virtual absl::StatusOr<std::vector<Item>> List(const Sku& after, int limit) = 0;

  // Creates the item without stock, or changes name and price.
  virtual absl::StatusOr<Item> Upsert(const ItemDescription& description) = 0;

  // Applies the adjustment once per request id and returns the item as it now is. kNotFound;
  // kAlreadyExists (another body); kFailedPrecondition (CheckAdjustment), then nothing is kept.
  virtual absl::StatusOr<Item> Adjust(const StockAdjustment& adjustment) = 0;
};

}  // namespace orderflow::inventory
