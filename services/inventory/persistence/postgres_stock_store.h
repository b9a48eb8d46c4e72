#pragma once

#include <span>

#include "libs/base/clock.h"
#include "services/inventory/domain/reservation_expiry.h"
#include "services/inventory/domain/stock_store.h"

namespace orderflow::postgres {
class Pool;
}

namespace orderflow::inventory {

// Tables items and reservations. A batch costs two reads and at most three writes, whatever its
// size.
//
// Nothing is locked before it is written: a reservation is written in the version that was read,
// and stock as long as enough is left. Who was too slow runs again and locks. Rows are locked in
// this order, in either case: reservations that are there by order id, then SKUs by name. Expiry
// times are by the database's clock only. Threadsafe.
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
