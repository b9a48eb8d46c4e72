#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kDeclare{"verify_declare_reservations", R"sql(
DECLARE verify_reservations NO SCROLL CURSOR FOR
SELECT order_id::text, state,
       COALESCE((SELECT string_agg(sku || '=' || quantity, ',' ORDER BY sku COLLATE "C")
                 FROM unnest(skus, quantities) AS line(sku, quantity)), '')
FROM reservations
WHERE $1 OR order_id = ANY($2::uuid[])
ORDER BY reservations.order_id)sql"};

constexpr postgres::Statement kFetch{"verify_fetch_reservations",
                                     "FETCH 5000 FROM verify_reservations"};

void Apply(const postgres::Row& row, OrderFacts& facts) {
  facts.reservation = ReservationRow{.state = row.String(1), .lines = row.String(2)};
}

}  // namespace

FactSource ReservationFactSource(postgres::Pool& inventory) {
  return {&inventory, kDeclare, kFetch, UuidScope, Apply};
}

}  // namespace orderflow::verify
