#include "libs/base/status_macros.h"
#include "tests/load/db_ceiling/writes.h"

namespace orderflow::db_ceiling {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr Statement kReadReservations{"ceiling_read_reservations", R"sql(
SELECT * FROM reservations WHERE order_id = ANY($1::uuid[]) LIMIT 10000)sql"};

constexpr Statement kReadStock{"ceiling_read_stock", R"sql(
SELECT sku, on_hand, reserved FROM items WHERE sku = ANY($1::text[]) LIMIT 10000)sql"};

constexpr Statement kInsertReservations{"ceiling_insert_reservations", R"sql(
INSERT INTO reservations (order_id, saga_id, state, skus, quantities, refusal_skus, version, expire_time,
                          create_time, update_time)
SELECT order_id, saga_id, 'RESERVED', string_to_array(skus, ','), string_to_array(quantities, ',')::integer[], '{}', 1,
       now() + interval '1 hour', now(), now()
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS u(order_id, saga_id, skus, quantities)
ON CONFLICT (order_id) DO NOTHING)sql"};

constexpr Statement kCommitReservations{"ceiling_commit_reservations", R"sql(
UPDATE reservations r SET state = 'COMMITTED', version = r.version + 1, update_time = now()
FROM unnest($1::uuid[]) AS u(order_id) WHERE r.order_id = u.order_id AND r.version = 1)sql"};

constexpr Statement kSaveStock{"ceiling_save_stock", R"sql(
UPDATE items SET on_hand = items.on_hand + u.on_hand, reserved = items.reserved + u.reserved, update_time = now()
FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS u(sku, on_hand, reserved)
WHERE items.sku = u.sku AND items.on_hand + u.on_hand >= items.reserved + u.reserved)sql"};

constexpr Statement kSeedItems{"ceiling_seed_items", R"sql(
INSERT INTO items (sku, name, currency_code, unit_price_minor, on_hand, reserved, create_time, update_time)
SELECT sku, 'Load test item', 'EUR', 1999, 1000000000, 0, now(), now() FROM unnest($1::text[]) AS u(sku)
ON CONFLICT (sku) DO NOTHING)sql"};

absl::Status Read(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(
      transaction.Execute(kReadReservations, Params().UuidArray(batch.order_ids)).status());
  return transaction.Execute(kReadStock, Params().TextArray(batch.batch_skus)).status();
}

absl::Status SaveStock(postgres::Transaction& transaction, const SagaBatch& batch,
                       const std::vector<int64_t>& on_hand, const std::vector<int64_t>& reserved) {
  Params params;
  params.TextArray(batch.batch_skus).IntArray(on_hand).IntArray(reserved);
  return transaction.Execute(kSaveStock, params).status();
}

}  // namespace

absl::Status ReserveStock(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Read(transaction, batch));
  Params params;
  params.UuidArray(batch.order_ids).UuidArray(batch.saga_ids);
  params.TextArray(batch.skus).TextArray(batch.quantities);
  RETURN_IF_ERROR(transaction.Execute(kInsertReservations, params).status());
  const std::vector<int64_t> none(batch.batch_skus.size(), 0);
  return SaveStock(transaction, batch, none, batch.batch_pieces);
}

absl::Status CommitReservations(postgres::Transaction& transaction, const SagaBatch& batch) {
  RETURN_IF_ERROR(Read(transaction, batch));
  RETURN_IF_ERROR(
      transaction.Execute(kCommitReservations, Params().UuidArray(batch.order_ids)).status());
  return SaveStock(transaction, batch, batch.batch_pieces_negative, batch.batch_pieces_negative);
}

absl::Status SeedItems(postgres::Transaction& transaction) {
  std::vector<std::string> skus;
  for (size_t rank = 0; rank < kSkus; ++rank) {
    skus.push_back(SkuName(rank));
  }
  return transaction.Execute(kSeedItems, Params().TextArray(skus)).status();
}

}  // namespace orderflow::db_ceiling
