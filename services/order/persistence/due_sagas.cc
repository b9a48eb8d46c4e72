#include "services/order/persistence/due_sagas.h"

#include <optional>
#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/sql_columns.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr int kNowColumn = 13;

// Sagas that only a newer binary can act on are left to it: else they would fill the batch. The
// timers of two orchestrators do not wait for each other.
constexpr Statement kFindDue{"order_find_due",
                             "SELECT " ORDERFLOW_SAGA_COLUMNS
                             ", clock_timestamp() FROM sagas WHERE next_action_time <= now() "
                             "AND definition || ' ' || definition_version = ANY($2::text[]) "
                             "ORDER BY next_action_time LIMIT $1 FOR UPDATE SKIP LOCKED"};

constexpr Statement kReschedule{
    "order_reschedule_sagas",
    "UPDATE sagas s SET next_action_time = u.next_action_time "
    "FROM unnest($1::uuid[], $2::timestamptz[]) AS u(saga_id, next_action_time) "
    "WHERE s.saga_id = u.saga_id"};

constexpr Statement kPostpone{
    "order_postpone_sagas",
    "UPDATE sagas SET next_action_time = now() + $2 * interval '1 second', version = version + 1, "
    "update_time = clock_timestamp() WHERE order_id = $1::uuid AND next_action_time <= now()"};

struct Reading {
  bool due = true;
  std::optional<Timestamp> next;  // of a saga that is not due
};

// Whether the saga's steps act now. A row that cannot be read is due: who acts on it reports it. A
// held saga has no next action; an orchestrator of before holds may have given its row one.
Reading Read(const postgres::Row& row) {
  const absl::StatusOr<SagaRecord> record = DecodeSaga(row);
  if (!record.ok()) {
    return {};
  }
  const std::optional<Timestamp> next = saga::NextActionAt(record->saga);
  const bool still_to_come = next && *next > row.Time(kNowColumn);
  return {.due = !still_to_come && record->saga.hold == saga::Hold::kNone, .next = next};
}

}  // namespace

absl::StatusOr<DueOrders> FindDueOrders(postgres::Transaction& transaction, int limit) {
  std::vector<std::string> known;
  for (const saga::SagaDefinition* definition : SagaDefinitions()) {
    known.push_back(fmt::format("{} {}", definition->name, definition->version));
  }
  ASSIGN_OR_RETURN(const postgres::Rows rows,
                   transaction.Execute(kFindDue, Params().Int(limit).TextArray(known)));
  DueOrders due{.order_ids = {}, .more = rows.size() >= limit};
  std::vector<std::string> early_ids;
  std::vector<std::optional<Timestamp>> times;
  for (const postgres::Row row : rows) {
    const Reading reading = Read(row);
    if (reading.due) {
      due.order_ids.emplace_back(row.String(1));
    } else {
      early_ids.push_back(row.String(0));
      times.push_back(reading.next);
    }
  }
  if (!early_ids.empty()) {
    RETURN_IF_ERROR(
        transaction.Queue(kReschedule, Params().UuidArray(early_ids).TimeOrNullArray(times)));
  }
  return due;
}

absl::Status PostponeSagas(postgres::Transaction& transaction, const OrderId& order_id,
                           Duration delay) {
  const int64_t delay_s = std::chrono::duration_cast<std::chrono::seconds>(delay).count();
  return transaction.Queue(kPostpone, Params().Text(order_id.value()).Int(delay_s));
}

}  // namespace orderflow::order
