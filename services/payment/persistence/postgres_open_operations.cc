#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "services/payment/persistence/postgres_payment_store.h"

namespace orderflow::payment {
namespace {

constexpr int64_t kUnknownCountMax = 100'000;  // rows; a gauge need not count further

// now(), not clock_timestamp(): a stable function can use the partial index.
constexpr postgres::Statement kClaimDue{
    "payment_operation_claim",
    "WITH due AS ("
    " SELECT order_id, kind FROM payment_operations WHERE next_action_time <= now()"
    " ORDER BY next_action_time LIMIT $1 FOR UPDATE SKIP LOCKED)"
    " UPDATE payment_operations o"
    " SET next_action_time = clock_timestamp() + $2::bigint * INTERVAL '1 microsecond'"
    // The array makes the planner expect few orders, whatever the limit, and find them by key.
    " WHERE o.order_id = ANY(ARRAY(SELECT order_id FROM due))"
    " AND (o.order_id, o.kind) IN (SELECT order_id, kind FROM due)"
    " RETURNING o.order_id, o.kind"};

// A requested operation past its lease counts too: whoever had it is dead or too slow, and while
// new commands come in, a provider that is slower than they are would leave it behind for good.
constexpr postgres::Statement kCountUnknown{
    "payment_operation_count_unknown",
    "SELECT count(*), COALESCE(EXTRACT(EPOCH FROM now() - min(create_time)), 0)::float8 FROM ("
    " SELECT create_time FROM payment_operations"
    " WHERE next_action_time IS NOT NULL AND (state = 'UNKNOWN' OR next_action_time <= now())"
    " LIMIT $1) AS unknown"};

std::vector<ProviderCall> CallsFor(const postgres::Rows& claimed, const Payments& payments) {
  std::vector<ProviderCall> calls;
  for (const postgres::Row row : claimed) {
    const auto payment = payments.find(OrderId(row.String(0)));
    const auto kind = ParseOperationKind(row.Text(1));
    if (payment == payments.end() || !kind.has_value()) {
      continue;
    }
    const Operation* operation = FindOperation(payment->second, *kind);
    if (operation != nullptr && IsOpen(operation->state)) {
      calls.push_back(MakeCall(payment->second, *operation, /*ask_first=*/true));
    }
  }
  return calls;
}

}  // namespace

absl::StatusOr<std::vector<ProviderCall>> PostgresOpenOperations::ClaimDue(size_t limit,
                                                                           Duration lease) {
  std::vector<ProviderCall> calls;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Int(static_cast<int64_t>(limit)).Int(lease.count());
        ASSIGN_OR_RETURN(const postgres::Rows claimed, transaction.Execute(kClaimDue, params));
        calls.clear();
        if (claimed.empty()) {
          return absl::OkStatus();
        }
        std::set<OrderId> distinct;
        for (const postgres::Row row : claimed) {
          distinct.insert(OrderId(row.String(0)));
        }
        const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
        ASSIGN_OR_RETURN(const Payments payments, store_.Load(transaction, order_ids));
        calls = CallsFor(claimed, payments);
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return calls;
}

absl::StatusOr<UnknownOperations> PostgresOpenOperations::CountUnknown() {
  UnknownOperations unknown;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Int(kUnknownCountMax);
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kCountUnknown, params));
        unknown.count = rows[0].Int(0);
        unknown.oldest_age =
            std::chrono::duration_cast<Duration>(std::chrono::duration<double>(rows[0].Double(1)));
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return unknown;
}

}  // namespace orderflow::payment
