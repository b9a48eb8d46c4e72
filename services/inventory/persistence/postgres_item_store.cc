#include "services/inventory/persistence/postgres_item_store.h"

#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"

namespace orderflow::inventory {
namespace {

// Rounds through a call whose commit is in doubt; one is nearly always enough.
constexpr int kDoubtfulAttemptsMax = 3;

#define ORDERFLOW_ITEM_COLUMNS \
  "sku, name, currency_code, unit_price_minor, on_hand, reserved, create_time, update_time"

constexpr postgres::Statement kFindQuotes{
    "inventory_find_quotes",
    "SELECT sku, currency_code, unit_price_minor, on_hand - reserved FROM items"
    " WHERE sku = ANY ($1::text[]) ORDER BY sku LIMIT $2"};

constexpr postgres::Statement kGetItem{
    "inventory_get_item", "SELECT " ORDERFLOW_ITEM_COLUMNS " FROM items WHERE sku = $1"};

constexpr postgres::Statement kListItems{"inventory_list_items",
                                         "SELECT " ORDERFLOW_ITEM_COLUMNS
                                         " FROM items WHERE sku > $1 ORDER BY sku LIMIT $2"};

constexpr postgres::Statement kUpsertItem{
    "inventory_upsert_item",
    "INSERT INTO items (sku, name, currency_code, unit_price_minor, on_hand, reserved,"
    " create_time, update_time) VALUES ($1, $2, $3, $4, 0, 0, now(), now())"
    " ON CONFLICT (sku) DO UPDATE SET name = EXCLUDED.name,"
    " currency_code = EXCLUDED.currency_code, unit_price_minor = EXCLUDED.unit_price_minor,"
    " update_time = EXCLUDED.update_time RETURNING " ORDERFLOW_ITEM_COLUMNS};

// Waits for a twin that is under way, so that exactly one of them inserts.
constexpr postgres::Statement kInsertAdjustment{
    "inventory_insert_adjustment",
    "INSERT INTO stock_adjustments (request_id, sku, delta, reason, body_hash, create_time)"
    " VALUES ($1, $2, $3, $4, $5, now()) ON CONFLICT (request_id) DO NOTHING"};

constexpr postgres::Statement kFindAdjustment{
    "inventory_find_adjustment", "SELECT body_hash FROM stock_adjustments WHERE request_id = $1"};

constexpr postgres::Statement kLockItem{
    "inventory_lock_item", "SELECT on_hand, reserved FROM items WHERE sku = $1 FOR NO KEY UPDATE"};

constexpr postgres::Statement kAdjustItem{
    "inventory_adjust_item",
    "UPDATE items SET on_hand = on_hand + $2, update_time = now() WHERE sku = $1"
    " RETURNING " ORDERFLOW_ITEM_COLUMNS};

Item ReadItem(const postgres::Row& row) {
  return {.sku = Sku(row.String(0)),
          .name = row.String(1),
          .unit_price = {row.String(2), row.Int(3)},
          .stock = {.on_hand = row.Int(4), .reserved = row.Int(5)},
          .create_time = row.Time(6),
          .update_time = row.Time(7)};
}

absl::StatusOr<Item> GetIn(postgres::Transaction& transaction, const Sku& sku) {
  postgres::Params params;
  params.Text(sku.value());
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kGetItem, params));
  if (rows.empty()) {
    return UnknownItem(sku);
  }
  return ReadItem(rows[0]);
}

absl::StatusOr<Item> AdjustStored(postgres::Transaction& transaction,
                                  const StockAdjustment& adjustment) {
  postgres::Params key;
  key.Text(adjustment.sku.value());
  ASSIGN_OR_RETURN(const postgres::Rows locked, transaction.Execute(kLockItem, key));
  if (locked.empty()) {
    return UnknownItem(adjustment.sku);
  }
  const Stock stock{.on_hand = locked[0].Int(0), .reserved = locked[0].Int(1)};
  RETURN_IF_ERROR(CheckAdjustment(stock, adjustment));
  key.Int(adjustment.delta);
  ASSIGN_OR_RETURN(const postgres::Rows adjusted, transaction.Execute(kAdjustItem, key));
  return ReadItem(adjusted[0]);
}

absl::StatusOr<Item> AdjustIn(postgres::Transaction& transaction,
                              const StockAdjustment& adjustment) {
  const std::string body_hash = BodyHash(adjustment);
  postgres::Params params;
  params.Text(adjustment.request_id.value())
      .Text(adjustment.sku.value())
      .Int(adjustment.delta)
      .Text(adjustment.reason)
      .Text(body_hash);
  ASSIGN_OR_RETURN(const postgres::Rows inserted, transaction.Execute(kInsertAdjustment, params));
  if (inserted.affected() == 1) {
    return AdjustStored(transaction, adjustment);
  }
  postgres::Params key;
  key.Text(adjustment.request_id.value());
  ASSIGN_OR_RETURN(const postgres::Rows stored, transaction.Execute(kFindAdjustment, key));
  if (stored.empty()) {
    return absl::AbortedError(fmt::format(
        "adjust the stock of {}: an adjustment with request_id {} vanished; tried again",
        adjustment.sku.value(), adjustment.request_id.value()));
  }
  if (stored[0].Text(0) != body_hash) {
    return RequestIdReused(adjustment.request_id);
  }
  return GetIn(transaction, adjustment.sku);
}

}  // namespace

absl::Status PostgresItemStore::RunIdempotent(
    const std::function<absl::Status(postgres::Transaction&)>& body) {
  absl::Status status = pool_.RunInTransaction(body);
  for (int i = 1; i < kDoubtfulAttemptsMax && status.code() == absl::StatusCode::kUnknown; ++i) {
    status = pool_.RunInTransaction(body);
  }
  return status;
}

absl::StatusOr<std::vector<Quote>> PostgresItemStore::FindQuotes(std::span<const Sku> skus) {
  std::vector<std::string> names;
  names.reserve(skus.size());
  for (const Sku& sku : skus) {
    names.push_back(sku.value());
  }
  postgres::Params params;
  params.TextArray(names).Int(static_cast<int64_t>(names.size()));
  std::vector<Quote> quotes;
  RETURN_IF_ERROR(RunIdempotent([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kFindQuotes, params));
    quotes.clear();
    for (const postgres::Row& row : rows) {
      quotes.push_back({Sku(row.String(0)), {row.String(1), row.Int(2)}, row.Int(3)});
    }
    return absl::OkStatus();
  }));
  return quotes;
}

absl::StatusOr<Item> PostgresItemStore::Get(const Sku& sku) {
  Item item;
  RETURN_IF_ERROR(RunIdempotent([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(item, GetIn(transaction, sku));
    return absl::OkStatus();
  }));
  return item;
}

absl::StatusOr<std::vector<Item>> PostgresItemStore::List(const Sku& after, int limit) {
  postgres::Params params;
  params.Text(after.value()).Int(limit);
  std::vector<Item> items;
  RETURN_IF_ERROR(RunIdempotent([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kListItems, params));
    items.clear();
    for (const postgres::Row& row : rows) {
      items.push_back(ReadItem(row));
    }
    return absl::OkStatus();
  }));
  return items;
}

absl::StatusOr<Item> PostgresItemStore::Upsert(const ItemDescription& description) {
  postgres::Params params;
  params.Text(description.sku.value())
      .Text(description.name)
      .Text(description.unit_price.currency_code)
      .Int(description.unit_price.amount_minor);
  Item item;
  RETURN_IF_ERROR(RunIdempotent([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kUpsertItem, params));
    item = ReadItem(rows[0]);
    return absl::OkStatus();
  }));
  return item;
}

absl::StatusOr<Item> PostgresItemStore::Adjust(const StockAdjustment& adjustment) {
  Item item;
  RETURN_IF_ERROR(RunIdempotent([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(item, AdjustIn(transaction, adjustment));
    return absl::OkStatus();
  }));
  return item;
}

}  // namespace orderflow::inventory
