#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kLockReservations{"ceiling_lock_reservations", R"sql(
SELECT * FROM reservations WHERE order_id = ANY($1::uuid[]) ORDER BY order_id LIMIT 10000 FOR UPDATE)sql"};

constexpr Statement kLockStock{"ceiling_lock_stock", R"sql(
SELECT sku, on_hand, reserved FROM items WHERE sku = ANY($1::text[]) ORDER BY sku LIMIT 10000 FOR NO KEY UPDATE)sql"};

constexpr Statement kSaveReservations{"ceiling_save_reservations", R"sql(
INSERT INTO reservations (order_id, saga_id, state, skus, quantities, refusal_skus, version, expire_time,
                          create_time, update_time)
SELECT order_id, saga_id, $5, string_to_array(skus, ','), string_to_array(quantities, ',')::integer[], '{}', $6,
       CASE WHEN $5 = 'RESERVED' THEN now() + interval '1 hour' END, now(), now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS u(order_id, saga_id, skus, quantities)
ON CONFLICT (order_id) DO UPDATE SET state = EXCLUDED.state, version = EXCLUDED.version,
       update_time = EXCLUDED.update_time WHERE reservations.version = EXCLUDED.version - 1)sql"};

constexpr Statement kSaveStock{"ceiling_save_stock", R"sql(
UPDATE items SET on_hand = items.on_hand + u.on_hand * $4, reserved = items.reserved + u.reserved, update_time = now()
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u(sku, on_hand, reserved) WHERE items.sku = u.sku)sql"};

constexpr Statement kSeedItems{"ceiling_seed_items", R"sql(
INSERT INTO items (sku, name, currency_code, unit_price_minor, on_hand, reserved, create_time, update_time)
SELECT sku, 'Load test item', 'EUR', 1999, 1000000000, 0, now(), now() FROM unnest($1::text[]) AS u(sku)
ON CONFLICT (sku) DO NOTHING)sql"};

absl::Status Save(postgres::Transaction& transaction, const SagaBatch& batch, const char* state,
                  int version, const std::vector<int64_t>& reserved) {
  Params reservations;
  reservations.UuidArray(batch.order_ids).UuidArray(batch.saga_ids);
  reservations.TextArray(batch.skus).TextArray(batch.quantities).Text(state).Int(version);
  RETURN_IF_ERROR(transaction.Execute(kSaveReservations, reservations).status());
  Params stock;
  stock.TextArray(batch.batch_skus).IntArray(batch.batch_pieces_negative).IntArray(reserved);
  stock.Int(version - 1);  // a reservation leaves on_hand alone, a commit takes the pieces
  return transaction.Execute(kSaveStock, stock).status();
}

absl::Status Lock(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(
      transaction.Execute(kLockReservations, Params().UuidArray(batch.order_ids)).status());
  return transaction.Execute(kLockStock, Params().TextArray(batch.batch_skus)).status();
}

}  // namespace

absl::Status ReserveStock(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Lock(transaction, batch));
  return Save(transaction, batch, "RESERVED", 1, batch.batch_pieces);
}

absl::Status CommitReservations(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Lock(transaction, batch));
  return Save(transaction, batch, "COMMITTED", 2, batch.batch_pieces_negative);
}

absl::Status SeedItems(postgres::Transaction& transaction) {
  std::vector<std::string> skus;
  for (size_t rank = 0; rank < kSkus; ++rank) {
    skus.push_back(SkuName(rank));
  }
  return transaction.Execute(kSeedItems, Params().TextArray(skus)).status();
}

}  // namespace orderflow::db_ceiling
