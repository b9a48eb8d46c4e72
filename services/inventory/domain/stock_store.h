#pragma once

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/inventory/domain/stock_book.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::inventory {

// Stock and reservations inside a transaction that the caller runs (port). What Load has locked
// stays locked until the transaction ends; locks are always taken in the same order, so that
// batches cannot deadlock. Threadsafe.
class StockStore {
 public:
  virtual ~StockStore() = default;

  // Locks and loads what the commands are about: the reservations of their orders, and the stock of
  // every SKU in the commands and in those reservations.
  virtual absl::StatusOr<StockBook> Load(postgres::Transaction& transaction,
                                         std::span<const StockCommand> commands) = 0;

  // Writes what the book changed. kAborted: a row is not as it was loaded (another process is at
  // work on the same orders); nothing of the transaction may be committed.
  virtual absl::Status Save(postgres::Transaction& transaction, const StockBook& book) = 0;
};

}  // namespace orderflow::inventory
