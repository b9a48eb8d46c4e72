#include "tools/verify/checks/table_checks.h"

namespace orderflow::verify {
namespace {

// Received pieces are either on hand or sold.
constexpr postgres::Statement kOnHand{"verify_stock_on_hand", R"sql(
WITH received AS (
  SELECT sku, SUM(delta) AS pieces FROM stock_adjustments GROUP BY sku
), sold AS (
  SELECT line.sku, SUM(line.quantity) AS pieces
  FROM reservations, unnest(skus, quantities) AS line(sku, quantity)
  WHERE state = 'COMMITTED' GROUP BY line.sku
), compared AS (
  SELECT sku, COALESCE(i.on_hand, 0) AS on_hand, COALESCE(r.pieces, 0) AS received, COALESCE(s.pieces, 0) AS sold
  FROM items i FULL JOIN received r USING (sku) FULL JOIN sold s USING (sku)
), wrong AS (
  SELECT * FROM compared WHERE on_hand <> received - sold
)
SELECT (SELECT COUNT(*) FROM compared), (SELECT COUNT(*) FROM wrong),
       COALESCE((SELECT string_agg(format('%s: on hand %s, received %s, sold %s', sku, on_hand, received, sold), '; ')
                 FROM (SELECT * FROM wrong ORDER BY sku LIMIT 5) AS shown), '')
LIMIT 1)sql"};

// What is promised to orders under way is what is reserved, and never more than there is.
constexpr postgres::Statement kReserved{"verify_stock_reserved", R"sql(
WITH promised AS (
  SELECT line.sku, SUM(line.quantity) AS pieces
  FROM reservations, unnest(skus, quantities) AS line(sku, quantity)
  WHERE state = 'RESERVED' GROUP BY line.sku
), compared AS (
  SELECT sku, COALESCE(i.reserved, 0) AS reserved, COALESCE(i.on_hand, 0) AS on_hand,
         COALESCE(p.pieces, 0) AS promised
  FROM items i FULL JOIN promised p USING (sku)
), wrong AS (
  SELECT * FROM compared WHERE reserved <> promised OR reserved < 0 OR on_hand < reserved
)
SELECT (SELECT COUNT(*) FROM compared), (SELECT COUNT(*) FROM wrong),
       COALESCE((SELECT string_agg(format('%s: reserved %s, promised %s, on hand %s', sku, reserved, promised, on_hand), '; ')
                 FROM (SELECT * FROM wrong ORDER BY sku LIMIT 5) AS shown), '')
LIMIT 1)sql"};

}  // namespace

TableCheck OnHandCheck(const Databases& databases) {
  return {kStockAddsUp, kStockAddsUpPromise, &databases.inventory, kOnHand};
}

TableCheck ReservedCheck(const Databases& databases) {
  return {"stock.reserved_is_promised",
          "per SKU: reserved = pieces of open reservations, never more than on hand",
          &databases.inventory, kReserved};
}

}  // namespace orderflow::verify
