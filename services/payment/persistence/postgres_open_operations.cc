#include <optional>
#include <set>
#include <string>
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
    " SELECT order_id FROM payments WHERE next_action_time <= now()"
    " ORDER BY next_action_time LIMIT $1 FOR UPDATE SKIP LOCKED)"
    " UPDATE payments p"
    " SET next_action_time = clock_timestamp() + $2::bigint * INTERVAL '1 microsecond'"
    // The array makes the planner expect few orders, whatever the limit, and find them by key.
    " WHERE p.order_id = ANY(ARRAY(SELECT order_id FROM due))"
    " RETURNING p.order_id"};

// A requested operation past its lease counts too: whoever had it is dead or too slow, and while
// new commands come in, a provider that is slower than they are would leave it behind for good. The
// text is searched first: most open operations are under way, and need not be taken apart.
constexpr postgres::Statement kCountUnknown{
    "payment_operation_count_unknown",
    "SELECT count(*), GREATEST(0, COALESCE(EXTRACT(EPOCH FROM now() - min(create_time)), "
    "0))::float8 FROM ("
    " SELECT o.create_time FROM payments p CROSS JOIN LATERAL json_to_recordset(p.operations)"
    " AS o(state text, create_time timestamptz)"
    " WHERE p.next_action_time IS NOT NULL"
    " AND (p.next_action_time <= now() OR strpos(p.operations::text, 'UNKNOWN') > 0)"
    " AND (o.state = 'UNKNOWN' OR (o.state = 'REQUESTED' AND p.next_action_time <= now()))"
    " LIMIT $1) AS unknown"};

constexpr postgres::Statement kFindOpen{
    "payment_operation_find_open",
    "SELECT n.order_id, n.kind, (EXTRACT(EPOCH FROM p.next_action_time - now()) * 1000000)::bigint"
    " FROM unnest($1::uuid[], $2::text[]) AS n(order_id, kind)"
    " JOIN payments p ON p.order_id = n.order_id"
    " WHERE p.next_action_time IS NOT NULL LIMIT $3"};

std::vector<OrderId> OrdersOf(const postgres::Rows& rows) {
  std::set<OrderId> distinct;
  for (const postgres::Row row : rows) {
    distinct.insert(OrderId(row.String(0)));
  }
  return {distinct.begin(), distinct.end()};
}

// The call for the operation that a row names; nothing when it is not open any more.
std::optional<ProviderCall> CallFor(const postgres::Row& row, const Payments& payments) {
  const auto payment = payments.find(OrderId(row.String(0)));
  const auto kind = ParseOperationKind(row.Text(1));
  if (payment == payments.end() || !kind.has_value()) {
    return std::nullopt;
  }
  const Operation* operation = FindOperation(payment->second, *kind);
  if (operation == nullptr || !IsOpen(operation->state)) {
    return std::nullopt;
  }
  return MakeCall(payment->second, *operation, /*ask_first=*/true);
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
        ASSIGN_OR_RETURN(const Payments payments, store_.Load(transaction, OrdersOf(claimed)));
        for (const auto& [order_id, payment] : payments) {
          for (const Operation& operation : payment.operations) {
            if (IsOpen(operation.state)) {
              calls.push_back(MakeCall(payment, operation, /*ask_first=*/true));
            }
          }
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return calls;
}

absl::StatusOr<std::vector<HintedOperation>> PostgresOpenOperations::FindOpen(
    std::span<const OperationKey> keys) {
  std::vector<std::string> order_ids;
  std::vector<std::string> kinds;
  for (const OperationKey& key : keys) {
    order_ids.push_back(key.order_id.value());
    kinds.push_back(ToString(key.kind));
  }
  std::vector<HintedOperation> open;
  const absl::Status status =
      pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.UuidArray(order_ids).TextArray(kinds).Int(static_cast<int64_t>(keys.size()));
        ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kFindOpen, params));
        open.clear();
        if (rows.empty()) {
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(const Payments payments, store_.Load(transaction, OrdersOf(rows)));
        for (const postgres::Row row : rows) {
          if (std::optional<ProviderCall> call = CallFor(row, payments)) {
            call->ask_only = true;
            open.push_back({*std::move(call), Duration(row.Int(2))});
          }
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return open;
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
