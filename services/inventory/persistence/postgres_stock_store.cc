#include "services/inventory/persistence/postgres_stock_store.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"
#include "services/inventory/persistence/reservation_rows.h"

namespace orderflow::inventory {
namespace {

constexpr postgres::Statement kReadReservations{
    "inventory_read_reservations", "SELECT " ORDERFLOW_RESERVATION_COLUMNS
                                   " FROM reservations WHERE order_id = ANY ($1::uuid[]) LIMIT $2"};

constexpr postgres::Statement kLockReservations{
    "inventory_lock_reservations", "SELECT " ORDERFLOW_RESERVATION_COLUMNS
                                   " FROM reservations WHERE order_id = ANY ($1::uuid[])"
                                   " ORDER BY order_id LIMIT $2 FOR UPDATE"};

// Rows that another process locks are skipped: whoever locks one also decides its state.
constexpr postgres::Statement kLockOverdue{
    "inventory_lock_overdue", "SELECT " ORDERFLOW_RESERVATION_COLUMNS
                              " FROM reservations WHERE state = 'RESERVED' AND expire_time <= now()"
                              " ORDER BY expire_time LIMIT $1 FOR UPDATE SKIP LOCKED"};

constexpr postgres::Statement kReadStock{
    "inventory_read_stock",
    "SELECT sku, on_hand, reserved FROM items WHERE sku = ANY ($1::text[]) LIMIT $2"};

constexpr postgres::Statement kLockStock{
    "inventory_lock_stock",
    "SELECT sku, on_hand, reserved FROM items WHERE sku = ANY ($1::text[])"
    " ORDER BY sku LIMIT $2 FOR NO KEY UPDATE"};

constexpr postgres::Statement kInsertReservations{
    "inventory_insert_reservations",
    "INSERT INTO reservations (order_id, saga_id, state, skus, quantities, refusal_reason,"
    " refusal_skus, version, expire_time, create_time, update_time)"
    " SELECT order_id, saga_id, state, string_to_array(skus, ','),"
    " string_to_array(quantities, ',')::integer[], refusal_reason,"
    " string_to_array(refusal_skus, ','), 1,"
    " CASE WHEN state = 'RESERVED' THEN now() + $8::bigint * interval '1 microsecond' END,"
    " now(), now()"
    " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::text[]) AS batch (order_id, saga_id, state, skus, quantities, refusal_reason,"
    " refusal_skus)"
    " ON CONFLICT (order_id) DO NOTHING"};

constexpr postgres::Statement kUpdateReservations{
    "inventory_update_reservations",
    "UPDATE reservations SET state = batch.state, version = reservations.version + 1,"
    " update_time = now()"
    " FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS batch (order_id, state, version)"
    " WHERE reservations.order_id = batch.order_id AND reservations.version = batch.version"};

// Adds to what is there by then: of what others took since it was read enough must be left.
constexpr postgres::Statement kSaveStock{
    "inventory_save_stock",
    "UPDATE items SET on_hand = items.on_hand + batch.on_hand,"
    " reserved = items.reserved + batch.reserved, update_time = now()"
    " FROM unnest($1::text[], $2::bigint[], $3::bigint[]) AS batch (sku, on_hand, reserved)"
    " WHERE items.sku = batch.sku"
    " AND items.on_hand + batch.on_hand >= items.reserved + batch.reserved"};

// Nobody else comes in between, mostly, and what is written says what it was decided on; a body
// that runs again knows that somebody does, and locks first. New reservations are then inserted
// after SKUs were locked: no two processes make the same one at once, since a consumer's
// transaction moves its progress in the partition of their orders before anything else.
bool MustLock(const postgres::Transaction& transaction) { return transaction.attempt() > 1; }

absl::StatusOr<std::map<Sku, Stock>> LoadStock(postgres::Transaction& transaction,
                                               const std::set<std::string>& skus) {
  std::map<Sku, Stock> stock;
  if (skus.empty()) {
    return stock;
  }
  postgres::Params params;
  params.TextArray(std::vector<std::string>(skus.begin(), skus.end()))
      .Int(static_cast<int64_t>(skus.size()));
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(MustLock(transaction) ? kLockStock : kReadStock, params));
  for (const postgres::Row& row : rows) {
    stock.emplace(Sku(row.String(0)), Stock{.on_hand = row.Int(1), .reserved = row.Int(2)});
  }
  return stock;
}

// An item that a reservation holds pieces of must be there to take them back.
absl::Status CheckItemsAreThere(const std::map<OrderId, Reservation>& reservations,
                                const std::map<Sku, Stock>& stock) {
  for (const auto& [order_id, reservation] : reservations) {
    if (reservation.state == ReservationState::kRefused) {
      continue;  // perhaps because of an item that never was
    }
    for (const StockLine& line : reservation.lines) {
      if (!stock.contains(line.sku)) {
        return absl::InternalError(
            fmt::format("order {} has a reservation of item {}, which does not exist any more; "
                        "items must never be deleted",
                        order_id.value(), line.sku.value()));
      }
    }
  }
  return absl::OkStatus();
}

void AddSkus(std::span<const StockLine> lines, std::set<std::string>& skus) {
  for (const StockLine& line : lines) {
    skus.insert(line.sku.value());
  }
}

// Sorted by SKU, and the statement goes through them in that order (its plan: through the array,
// row by row, docs/adr/0015): two batches that want the same rows wait for each other in one
// direction.
absl::Status SaveStock(postgres::Transaction& transaction, const StockBook& book) {
  std::vector<StockDelta> deltas = book.StockDeltas();
  if (deltas.empty()) {
    return absl::OkStatus();
  }
  if (IsPlanted(PlantedBug::kUnsortedLocks)) {
    std::shuffle(deltas.begin(), deltas.end(), std::minstd_rand(std::random_device()()));
  }
  std::vector<std::string> skus;
  std::vector<int64_t> on_hand, reserved;
  for (const StockDelta& delta : deltas) {
    skus.push_back(delta.sku.value());
    on_hand.push_back(delta.on_hand);
    reserved.push_back(delta.reserved);
  }
  postgres::Params params;
  params.TextArray(skus).IntArray(on_hand).IntArray(reserved);
  return transaction.QueueExactly(kSaveStock, params, skus.size());
}

absl::Status InsertReservations(postgres::Transaction& transaction,
                                std::span<const Reservation> added, Duration ttl) {
  if (added.empty()) {
    return absl::OkStatus();
  }
  postgres::Params params = NewReservationParams(added);
  return transaction.QueueExactly(kInsertReservations, params.Int(ttl.count()), added.size());
}

absl::Status UpdateReservations(postgres::Transaction& transaction,
                                std::span<const Reservation> changed) {
  if (changed.empty()) {
    return absl::OkStatus();
  }
  return transaction.QueueExactly(kUpdateReservations, ReservationStateParams(changed),
                                  changed.size());
}

}  // namespace

PostgresStockStore::PostgresStockStore(postgres::Pool& pool, Duration reservation_ttl)
    : pool_(pool), reservation_ttl_(reservation_ttl) {}

absl::StatusOr<StockBook> PostgresStockStore::Load(postgres::Transaction& transaction,
                                                   std::span<const StockCommand> commands) {
  std::set<std::string> order_ids, skus;
  for (const StockCommand& command : commands) {
    order_ids.insert(command.order_id.value());
    AddSkus(command.lines, skus);
  }
  postgres::Params params;
  params.UuidArray(std::vector<std::string>(order_ids.begin(), order_ids.end()))
      .Int(static_cast<int64_t>(order_ids.size()));
  ASSIGN_OR_RETURN(
      const postgres::Rows rows,
      transaction.Execute(MustLock(transaction) ? kLockReservations : kReadReservations, params));
  ASSIGN_OR_RETURN(auto reservations, ReadReservations(rows));
  for (const auto& [order_id, reservation] : reservations) {
    AddSkus(reservation.lines, skus);
  }
  ASSIGN_OR_RETURN(auto stock, LoadStock(transaction, skus));
  RETURN_IF_ERROR(CheckItemsAreThere(reservations, stock));
  return StockBook(std::move(stock), std::move(reservations));
}

absl::Status PostgresStockStore::Save(postgres::Transaction& transaction, const StockBook& book) {
  RETURN_IF_ERROR(SaveReservations(transaction, book));
  return SaveStock(transaction, book);
}

absl::Status PostgresStockStore::SaveReservations(postgres::Transaction& transaction,
                                                  const StockBook& book) {
  std::vector<Reservation> reservations = book.ChangedReservations();
  const auto known = std::stable_partition(
      reservations.begin(), reservations.end(),
      [](const Reservation& reservation) { return reservation.version == 0; });
  RETURN_IF_ERROR(InsertReservations(transaction, {reservations.begin(), known}, reservation_ttl_));
  return UpdateReservations(transaction, {known, reservations.end()});
}

absl::StatusOr<int> PostgresStockStore::ExpireDue(int batch_max) {
  int expired = 0;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(expired, ExpireBatch(transaction, batch_max));
    return absl::OkStatus();
  }));
  return expired;
}

absl::StatusOr<int> PostgresStockStore::ExpireBatch(postgres::Transaction& transaction,
                                                    int batch_max) {
  postgres::Params params;
  params.Int(batch_max);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kLockOverdue, params));
  ASSIGN_OR_RETURN(auto reservations, ReadReservations(rows));
  if (reservations.empty()) {
    return 0;
  }
  std::set<std::string> skus;
  std::vector<OrderId> order_ids;
  for (const auto& [order_id, reservation] : reservations) {
    order_ids.push_back(order_id);
    AddSkus(reservation.lines, skus);
  }
  ASSIGN_OR_RETURN(auto stock, LoadStock(transaction, skus));
  RETURN_IF_ERROR(CheckItemsAreThere(reservations, stock));
  StockBook book(std::move(stock), std::move(reservations));
  int expired = 0;
  for (const OrderId& order_id : order_ids) {
    expired += book.Expire(order_id) ? 1 : 0;
  }
  RETURN_IF_ERROR(Save(transaction, book));
  return expired;
}

}  // namespace orderflow::inventory
