#include "tools/verify/checks/stock_sums.h"

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/transaction.h"
#include "tools/verify/checks/table_checks.h"
#include "tools/verify/fact_source.h"

namespace orderflow::verify {
namespace {

// Neither has a LIMIT: one row per SKU, of which a checkpoint holds the sums anyway, and a part
// would be a wrong sum. The orders of kSold are those of one call (incremental.cc: ten thousand).
constexpr postgres::Statement kStock{"verify_stock_sums", R"sql(
SELECT sku, COALESCE(i.on_hand, 0), COALESCE(r.pieces, 0)
FROM items i FULL JOIN (
  SELECT sku, SUM(delta)::bigint AS pieces FROM stock_adjustments GROUP BY sku
) AS r USING (sku))sql"};

constexpr postgres::Statement kSold{"verify_sold_by", R"sql(
SELECT line.sku, SUM(line.quantity)::bigint
FROM reservations, unnest(skus, quantities) AS line(sku, quantity)
WHERE state = 'COMMITTED' AND ($1 OR order_id = ANY($2::uuid[]))
GROUP BY line.sku)sql"};

}  // namespace

absl::StatusOr<std::map<std::string, StockSum>> ReadStock(postgres::Transaction& transaction) {
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kStock));
  std::map<std::string, StockSum> stock;
  for (const postgres::Row row : rows) {
    stock[row.String(0)] = {.on_hand = row.Int(1), .received = row.Int(2)};
  }
  return stock;
}

absl::StatusOr<Pieces> ReadSoldBy(postgres::Transaction& transaction,
                                  const std::vector<std::string>& order_ids) {
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kSold, UuidScope({.whole = false, .order_ids = order_ids})));
  Pieces sold;
  for (const postgres::Row row : rows) {
    sold[row.String(0)] = row.Int(1);
  }
  return sold;
}

Finding StockAddsUp(const std::map<std::string, StockSum>& stock, const Pieces& sold) {
  Finding finding{.name = kStockAddsUp, .promise = kStockAddsUpPromise};
  std::map<std::string, StockSum> compared = stock;
  for (const auto& [sku, pieces] : sold) {
    compared[sku];  // sold and not there
  }
  for (const auto& [sku, sums] : compared) {
    const auto found = sold.find(sku);
    const int64_t pieces = found == sold.end() ? 0 : found->second;
    ++finding.checked;
    if (sums.on_hand == sums.received - pieces) {
      continue;
    }
    ++finding.violations;
    if (finding.examples.size() < kExamplesMax) {
      finding.examples.push_back(fmt::format("{}: on hand {}, received {}, sold {}", sku,
                                             sums.on_hand, sums.received, pieces));
    }
  }
  return finding;
}

}  // namespace orderflow::verify
