#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kDeclare{"verify_declare_provider", R"sql(
DECLARE verify_provider NO SCROLL CURSOR FOR
SELECT payment_reference,
       COUNT(*) FILTER (WHERE kind = 'AUTHORIZE'),
       COUNT(*) FILTER (WHERE kind = 'CAPTURE'),
       COUNT(*) FILTER (WHERE kind = 'VOID'),
       COUNT(*) FILTER (WHERE kind = 'REFUND'),
       COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'CAPTURE'), 0)::bigint,
       COALESCE(SUM(amount_minor) FILTER (WHERE kind = 'REFUND'), 0)::bigint,
       string_agg(DISTINCT currency_code, ',' ORDER BY currency_code)
FROM operations
WHERE outcome = 'SUCCEEDED' AND ($1 OR payment_reference = ANY($2::text[]))
GROUP BY payment_reference
ORDER BY payment_reference COLLATE "C")sql"};

constexpr postgres::Statement kFetch{"verify_fetch_provider", "FETCH 5000 FROM verify_provider"};

// References are text: an order id unless the operation is not ours.
postgres::Params TextScope(const FactScope& scope) {
  postgres::Params params;
  params.Text(scope.whole ? "true" : "false").TextArray(scope.order_ids);
  return params;
}

void Apply(const postgres::Row& row, OrderFacts& facts) {
  facts.books = BookRow{.holds = row.Int(1),
                        .captures = row.Int(2),
                        .voids = row.Int(3),
                        .refunds = row.Int(4),
                        .captured_minor = row.Int(5),
                        .refunded_minor = row.Int(6),
                        .currency_codes = row.String(7)};
}

}  // namespace

FactSource ProviderFactSource(postgres::Pool& provider) {
  return {&provider, kDeclare, kFetch, TextScope, Apply};
}

}  // namespace orderflow::verify
