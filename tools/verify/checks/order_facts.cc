#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kDeclare{"verify_declare_orders", R"sql(
DECLARE verify_orders NO SCROLL CURSOR FOR
SELECT o.order_id::text, o.state, o.currency_code, o.total_minor,
       lines.total_minor, lines.text,
       o.history::jsonb @> '[{"state": "CONFIRMED"}]',
       COALESCE(s.state, ''),
       COALESCE(k.requests, 0)
FROM orders o
CROSS JOIN LATERAL (
  SELECT SUM((line->>'quantity')::bigint * (line->>'unit_price_minor')::bigint)::bigint AS total_minor,
         string_agg(line->>'sku' || '=' || (line->>'quantity'), ',' ORDER BY line->>'sku' COLLATE "C") AS text
  FROM json_array_elements(o.lines) AS line
) AS lines
LEFT JOIN sagas s USING (saga_id)
LEFT JOIN (
  SELECT order_id, COUNT(*) AS requests FROM idempotency_keys WHERE order_id IS NOT NULL GROUP BY order_id
) AS k ON k.order_id = o.order_id
ORDER BY o.order_id)sql"};

constexpr postgres::Statement kFetch{"verify_fetch_orders", "FETCH 5000 FROM verify_orders"};

void Apply(const postgres::Row& row, OrderFacts& facts) {
  facts.order = OrderRow{.state = row.String(1),
                         .currency_code = row.String(2),
                         .total_minor = row.Int(3),
                         .lines_total_minor = row.Int(4),
                         .lines = row.String(5),
                         .was_confirmed = row.Bool(6),
                         .saga_state = row.String(7),
                         .requests = row.Int(8)};
}

}  // namespace

FactSource OrderFactSource(postgres::Pool& orders) { return {&orders, kDeclare, kFetch, Apply}; }

}  // namespace orderflow::verify
