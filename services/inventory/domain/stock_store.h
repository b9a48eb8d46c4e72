#pragma once

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/inventory/domain/stock_book.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::inventory {

// Stock and reservations inside a transaction that the caller runs (port). Threadsafe.
class StockStore {
 public:
  virtual ~StockStore() = default;

  // Loads what the commands are about: the reservations of their orders, and the stock of every SKU
  // in the commands and in those reservations. Locked only when the transaction's body runs again.
  // kInternal: a reservation holds pieces of an item that is gone.
  virtual absl::StatusOr<StockBook> Load(postgres::Transaction& transaction,
                                         std::span<const StockCommand> commands) = 0;

  // Writes what the book changed. kAborted, here or at the commit: a reservation is not as it was
  // loaded, or others took what was counted on; nothing of the transaction may be committed.
  virtual absl::Status Save(postgres::Transaction& transaction, const StockBook& book) = 0;
};

}  // namespace orderflow::inventory
