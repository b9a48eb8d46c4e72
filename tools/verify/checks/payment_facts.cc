#include "tools/verify/checks/fact_sources.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kDeclare{"verify_declare_payments", R"sql(
DECLARE verify_payments NO SCROLL CURSOR FOR
SELECT order_id::text, COALESCE(p.state, ''), COALESCE(p.currency_code, ''), COALESCE(p.amount_minor, 0),
       COALESCE(l.captured, 0), COALESCE(l.refunded, 0), COALESCE(l.balanced, TRUE)
FROM (SELECT * FROM payments WHERE $1 OR order_id = ANY($2::uuid[])) AS p
FULL JOIN (
  SELECT order_id,
         SUM(amount_minor) FILTER (WHERE kind = 'CAPTURE')::bigint AS captured,
         SUM(amount_minor) FILTER (WHERE kind = 'REFUND')::bigint AS refunded,
         bool_and(debit_account <> credit_account)
           AND COUNT(DISTINCT currency_code) = 1
           AND (COUNT(*) = 1 OR MIN(debit_account || '>' || credit_account) FILTER (WHERE kind = 'REFUND')
                = MIN(credit_account || '>' || debit_account) FILTER (WHERE kind = 'CAPTURE')) AS balanced
  FROM ledger_transfers
  WHERE $1 OR order_id = ANY($2::uuid[])
  GROUP BY order_id
) AS l USING (order_id)
ORDER BY order_id)sql"};

constexpr postgres::Statement kFetch{"verify_fetch_payments", "FETCH 5000 FROM verify_payments"};

void Apply(const postgres::Row& row, OrderFacts& facts) {
  facts.payment = PaymentRow{.state = row.String(1),
                             .currency_code = row.String(2),
                             .amount_minor = row.Int(3),
                             .ledger_captured_minor = row.Int(4),
                             .ledger_refunded_minor = row.Int(5),
                             .ledger_balanced = row.Bool(6)};
}

}  // namespace

FactSource PaymentFactSource(postgres::Pool& payments) {
  return {&payments, kDeclare, kFetch, UuidScope, Apply};
}

}  // namespace orderflow::verify
