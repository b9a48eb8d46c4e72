#include "libs/postgres/params.h"
#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {
namespace {

// Requests are counted while their records must be there: they may be deleted after 30 days.
constexpr postgres::Statement kDeclare{"verify_declare_orders", R"sql(
DECLARE verify_orders NO SCROLL CURSOR FOR
WITH paused AS (
  SELECT definition, step
  FROM (SELECT DISTINCT ON (definition, step) definition, step, action
        FROM step_actions ORDER BY definition, step, action_id DESC) AS newest
  WHERE action = 'PAUSE'
)
SELECT o.order_id::text, o.state, o.currency_code, o.total_minor,
       lines.total_minor, lines.text,
       history.was_confirmed, COALESCE(history.complete, FALSE),
       o.saga_id::text, COALESCE(s.state, ''),
       COALESCE(s.state = 'NEEDS_ATTENTION' OR s.hold <> 'NONE'
         OR (s.state IN ('RUNNING', 'COMPENSATING') AND EXISTS (
           SELECT FROM json_array_elements(s.steps) AS at
           JOIN paused p ON p.definition = s.definition AND p.step = at->>'name'
           WHERE at->>'state' IN ('EXECUTING', 'UNKNOWN', 'COMPENSATING'))), FALSE),
       CASE WHEN o.create_time >= GREATEST($3::timestamptz, now() - interval '29 days')
            THEN COALESCE(k.requests, 0) END,
       extract(epoch FROM now() - o.update_time)::bigint,
       extract(epoch FROM now() - COALESCE(s.create_time, o.create_time))::bigint
FROM orders o
CROSS JOIN LATERAL (
  SELECT SUM((line->>'quantity')::bigint * (line->>'unit_price_minor')::bigint)::bigint AS total_minor,
         string_agg(line->>'sku' || '=' || (line->>'quantity'), ',' ORDER BY line->>'sku' COLLATE "C") AS text
  FROM json_array_elements(o.lines) AS line
) AS lines
CROSS JOIN LATERAL (
  SELECT bool_or(entry->>'state' = 'CONFIRMED') AS was_confirmed,
         bool_and((entry->>'sequence')::bigint = position)
           AND COUNT(*) = o.sequence
           AND MAX(entry->>'state') FILTER (WHERE position = o.sequence) = o.state AS complete
  FROM json_array_elements(o.history) WITH ORDINALITY AS entries (entry, position)
) AS history
LEFT JOIN sagas s USING (saga_id)
LEFT JOIN (
  SELECT order_id, COUNT(*) AS requests FROM idempotency_keys
  WHERE order_id IS NOT NULL AND create_time >= $3::timestamptz - interval '1 minute'
    AND ($1 OR order_id = ANY($2::uuid[]))
  GROUP BY order_id
) AS k ON k.order_id = o.order_id
WHERE $1 OR o.order_id = ANY($2::uuid[])
ORDER BY o.order_id)sql"};

constexpr postgres::Statement kFetch{"verify_fetch_orders", "FETCH 5000 FROM verify_orders"};

postgres::Params ScopeWithRequests(const FactScope& scope) {
  postgres::Params params = UuidScope(scope);
  params.Text(scope.whole ? "-infinity" : postgres::FormatTimestamp(scope.requests_since));
  return params;
}

void Apply(const postgres::Row& row, OrderFacts& facts) {
  facts.order = OrderRow{.state = row.String(1),
                         .currency_code = row.String(2),
                         .total_minor = row.Int(3),
                         .lines_total_minor = row.Int(4),
                         .lines = row.String(5),
                         .was_confirmed = row.Bool(6),
                         .history_complete = row.Bool(7),
                         .saga_id = row.String(8),
                         .saga_state = row.String(9),
                         .saga_waits_for_person = row.Bool(10),
                         .requests = row.IsNull(11) ? std::nullopt : std::optional(row.Int(11)),
                         .unchanged_seconds = row.Int(12),
                         .saga_seconds = row.Int(13)};
}

}  // namespace

FactSource OrderFactSource(postgres::Pool& orders) {
  return {&orders, kDeclare, kFetch, ScopeWithRequests, Apply};
}

}  // namespace orderflow::verify
