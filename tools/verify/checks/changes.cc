#include "tools/verify/checks/changes.h"

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/params.h"
#include "libs/postgres/pool.h"
#include "libs/postgres/transaction.h"

namespace orderflow::verify {
namespace {

// A row has the lower half of the number of the transaction that wrote it; the upper half is that
// of the current ones, or one less.
#define ORDERFLOW_NOT_SEEN_BEFORE(rows)                                                \
  "SELECT DISTINCT order_id FROM (" rows                                               \
  ") AS fresh, "                                                                       \
  "(SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS next) AS current " \
  "WHERE NOT pg_visible_in_snapshot("                                                  \
  "(next - ((next - written::text::bigint) & 4294967295))::text::xid8, $2::pg_snapshot) LIMIT $3"

constexpr postgres::Statement kOrders{
    "verify_changed_orders",
    ORDERFLOW_NOT_SEEN_BEFORE(
        "SELECT order_id::text, xmin AS written FROM orders WHERE order_id >= $1::uuid UNION ALL "
        "SELECT order_id::text, xmin FROM sagas WHERE saga_id >= $1::uuid")};

constexpr postgres::Statement kPayments{
    "verify_changed_payments",
    ORDERFLOW_NOT_SEEN_BEFORE(
        "SELECT order_id::text, xmin AS written FROM payments WHERE order_id >= $1::uuid UNION ALL "
        "SELECT order_id::text, xmin FROM ledger_transfers WHERE order_id >= $1::uuid")};

constexpr postgres::Statement kInventory{
    "verify_changed_reservations",
    ORDERFLOW_NOT_SEEN_BEFORE("SELECT order_id::text, xmin AS written FROM reservations "
                              "WHERE order_id >= $1::uuid")};

constexpr postgres::Statement kNotifications{
    "verify_changed_notifications",
    ORDERFLOW_NOT_SEEN_BEFORE("SELECT order_id::text, xmin AS written FROM notifications "
                              "WHERE notification_id >= $1::uuid")};

constexpr postgres::Statement kProvider{
    "verify_changed_books",
    ORDERFLOW_NOT_SEEN_BEFORE("SELECT payment_reference AS order_id, xmin AS written "
                              "FROM operations WHERE reference >= $1::uuid AND outcome = "
                              "'SUCCEEDED'")};

#undef ORDERFLOW_NOT_SEEN_BEFORE

// A transaction that writes holds the lock of its own number until it ends.
constexpr postgres::Statement kRunning{"verify_running", R"sql(
SELECT clock_timestamp(), COALESCE(string_agg(transactionid::text, ','), '')
FROM pg_locks WHERE locktype = 'transactionid' AND mode = 'ExclusiveLock' AND granted
LIMIT 1)sql"};

constexpr postgres::Statement kOneSnapshot{"verify_one_snapshot",
                                           "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"};
constexpr postgres::Statement kSnapshot{"verify_snapshot", "SELECT pg_current_snapshot()::text"};

}  // namespace

std::vector<ChangeFeed> ChangeFeeds(const Databases& databases) {
  std::vector<ChangeFeed> feeds = {{"orders", &databases.orders, kOrders},
                                   {"payments", &databases.payments, kPayments},
                                   {"inventory", &databases.inventory, kInventory},
                                   {"notifications", &databases.notifications, kNotifications}};
  if (databases.provider != nullptr) {
    feeds.push_back({"provider", databases.provider, kProvider});
  }
  return feeds;
}

absl::StatusOr<Position> ReadRunning(postgres::Pool& pool) {
  Position position;
  RETURN_IF_ERROR(pool.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kRunning));
    position.time = rows[0].Time(0);
    position.running = rows[0].String(1);
    return absl::OkStatus();
  }));
  return position;
}

absl::Status FixSnapshot(postgres::Transaction& transaction, Position& position) {
  RETURN_IF_ERROR(transaction.Execute(kOneSnapshot).status());
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kSnapshot));
  position.snapshot = rows[0].String(0);
  return absl::OkStatus();
}

absl::Status ReadChanges(postgres::Transaction& transaction, const ChangeFeed& feed,
                         const Position& before, size_t orders_max, std::set<std::string>& orders) {
  postgres::Params params;
  params.Text(FirstIdAfter(before)).Text(before.snapshot).Int(static_cast<int64_t>(orders_max) + 1);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(feed.statement, params));
  for (const postgres::Row row : rows) {
    orders.insert(row.String(0));
  }
  if (orders.size() > orders_max) {
    return absl::ResourceExhaustedError(
        fmt::format("more than {} orders have changed since the last run", orders_max));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::verify
