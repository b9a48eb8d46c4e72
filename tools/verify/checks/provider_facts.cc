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
WHERE outcome = 'SUCCEEDED'
GROUP BY payment_reference
ORDER BY payment_reference COLLATE "C")sql"};

constexpr postgres::Statement kFetch{"verify_fetch_provider", "FETCH 5000 FROM verify_provider"};

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
  return {&provider, kDeclare, kFetch, Apply};
}

}  // namespace orderflow::verify
