#pragma once

#include <span>

#include "libs/base/clock.h"
#include "services/inventory/domain/reservation_expiry.h"
#include "services/inventory/domain/stock_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::inventory {

// Tables items and reservations. A batch costs two locking reads and two writes, whatever its size.
//
// Locks are taken in this order: reservations by order id, then SKUs by name. Expiry times are by
// the database's clock only. Threadsafe.
class PostgresStockStore final : public StockStore, public ReservationExpiry {
 public:
  PostgresStockStore(postgres::Pool& pool, Duration reservation_ttl);

  absl::StatusOr<StockBook> Load(postgres::Transaction& transaction,
                                 std::span<const StockCommand> commands) override;
  absl::Status Save(postgres::Transaction& transaction, const StockBook& book) override;
  absl::StatusOr<int> ExpireDue(int batch_max) override;

 private:
  absl::StatusOr<int> ExpireBatch(postgres::Transaction& transaction, int batch_max);
  absl::Status SaveReservations(postgres::Transaction& transaction, const StockBook& book);

  postgres::Pool& pool_;
  const Duration reservation_ttl_;
};

}  // namespace orderflow::inventory
