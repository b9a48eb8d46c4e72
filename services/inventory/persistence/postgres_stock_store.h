#pragma once

#include <span>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "services/inventory/domain/reservation_expiry.h"
#include "services/inventory/domain/stock_book.h"

namespace orderflow::postgres {
class Pool;
class Transaction;
}  // namespace orderflow::postgres

namespace orderflow::inventory {

// Tables items and reservations. A batch costs two locking reads and two writes, whatever its size.
//
// Load and Save work inside the caller's transaction and hold their locks until it ends. Locks are
// always taken in the same order, reservations by order id and then SKUs by name, so that batches
// cannot deadlock. Expiry times are by the database's clock only. Threadsafe.
class PostgresStockStore final : public ReservationExpiry {
 public:
  PostgresStockStore(postgres::Pool& pool, Duration reservation_ttl);

  // Locks and loads what the commands are about: the reservations of their orders, and the stock of
  // every SKU in the commands and in those reservations.
  absl::StatusOr<StockBook> Load(postgres::Transaction& transaction,
                                 std::span<const StockCommand> commands);

  // Writes what the book changed. kAborted: a row is not as it was loaded (another process is at
  // work on the same orders); nothing of the transaction may be committed.
  absl::Status Save(postgres::Transaction& transaction, const StockBook& book);

  absl::StatusOr<int> ExpireDue(int batch_max) override;

 private:
  absl::StatusOr<int> ExpireBatch(postgres::Transaction& transaction, int batch_max);
  absl::Status SaveReservations(postgres::Transaction& transaction, const StockBook& book);

  postgres::Pool& pool_;
  const Duration reservation_ttl_;
};

}  // namespace orderflow::inventory
