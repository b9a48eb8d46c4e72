#include "services/order/persistence/postgres_saga_reader.h"

#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/sql_columns.h"

namespace orderflow::order {
namespace {

using postgres::Params;
using postgres::Statement;

constexpr int kUpdateTimeColumn = 11;
constexpr Statement kGet{
    "saga_get", "SELECT " ORDERFLOW_SAGA_COLUMNS " FROM sagas WHERE saga_id = $1::uuid LIMIT 1"};

constexpr Statement kByOrder{
    "saga_by_order",
    "SELECT " ORDERFLOW_SAGA_COLUMNS
    " FROM sagas WHERE saga_id = (SELECT saga_id FROM orders WHERE order_id = $1::uuid) LIMIT 1"};

// One statement, so that the order's state and its saga are of the same moment.
constexpr Statement kViewOrder{
    "saga_view_order",
    "SELECT " ORDERFLOW_SAGA_COLUMNS
    ", (SELECT o.state FROM orders o WHERE o.order_id = $1::uuid), clock_timestamp() "
    "FROM sagas WHERE saga_id = (SELECT o.saga_id FROM orders o WHERE o.order_id = $1::uuid) "
    "LIMIT 1"};
constexpr int kOrderStateColumn = 13;
constexpr int kNowColumn = 14;

// Filters that name a state under way read the partial index sagas_open.
#define ORDERFLOW_SAGA_LIST_TAIL                                                                \
  "saga_id > $1::uuid AND ($2 = '' OR state = $2) AND create_time <= clock_timestamp() - $3 * " \
  "interval '1 second' "                                                                        \
  "AND ($4 = '' OR steps::jsonb @> jsonb_build_array(jsonb_build_object('name', $4, 'state', "  \
  "'EXECUTING')) "                                                                              \
  "OR steps::jsonb @> jsonb_build_array(jsonb_build_object('name', $4, 'state', 'UNKNOWN')) "   \
  "OR steps::jsonb @> jsonb_build_array(jsonb_build_object('name', $4, 'state', "               \
  "'COMPENSATING'))) "                                                                          \
  "AND ($6 = '' OR hold = $6) "                                                                 \
  "ORDER BY saga_id LIMIT $5"

constexpr Statement kListAny{"saga_list_any", "SELECT " ORDERFLOW_SAGA_COLUMNS
                                              " FROM sagas WHERE " ORDERFLOW_SAGA_LIST_TAIL};
constexpr Statement kListOpen{
    "saga_list_open",
    "SELECT " ORDERFLOW_SAGA_COLUMNS
    " FROM sagas WHERE state NOT IN ('COMPLETED', 'COMPENSATED') AND " ORDERFLOW_SAGA_LIST_TAIL};

constexpr Statement kCount{
    "saga_count",
    "SELECT (SELECT count(*) FROM sagas WHERE next_action_time < now() - interval '5 seconds'), "
    "(SELECT count(*) FROM sagas "
    "WHERE state NOT IN ('COMPLETED', 'COMPENSATED') AND state = 'NEEDS_ATTENTION'), "
    "(SELECT count(*) FROM sagas "
    "WHERE state NOT IN ('COMPLETED', 'COMPENSATED') AND hold = 'PAUSED') LIMIT 1"};

absl::Status SagaNotFound(const std::string& id) {
  return TypedError(absl::StatusCode::kNotFound, fmt::format("there is no saga for {}", id),
                    "SAGA_NOT_FOUND", {{"id", id}});
}

absl::StatusOr<StoredSaga> Decode(const postgres::Row& row) {
  ASSIGN_OR_RETURN(SagaRecord record, DecodeSaga(row));
  return StoredSaga{std::move(record), row.Time(kUpdateTimeColumn)};
}

}  // namespace

absl::StatusOr<StoredSaga> PostgresSagaReader::GetOne(const Statement& statement,
                                                      const std::string& id) {
  absl::StatusOr<StoredSaga> saga = SagaNotFound(id);
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(statement, Params().Text(id)));
    if (!rows.empty()) {
      saga = Decode(rows[0]);
    }
    return absl::OkStatus();
  }));
  return saga;
}

absl::StatusOr<StoredSaga> PostgresSagaReader::Get(const SagaId& saga_id) {
  return GetOne(kGet, saga_id.value());
}

absl::StatusOr<StoredSaga> PostgresSagaReader::ByOrder(const OrderId& order_id) {
  return GetOne(kByOrder, order_id.value());
}

absl::StatusOr<OrderSagaView> PostgresSagaReader::ViewOrder(const OrderId& order_id) {
  absl::StatusOr<OrderSagaView> view = SagaNotFound(order_id.value());
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows,
                     transaction.Execute(kViewOrder, Params().Text(order_id.value())));
    if (rows.empty()) {
      return absl::OkStatus();
    }
    const auto state = ParseOrderState(rows[0].Text(kOrderStateColumn));
    if (!state) {
      return absl::InternalError(fmt::format("order {} is stored in state {}, which is none",
                                             order_id.value(), rows[0].Text(kOrderStateColumn)));
    }
    ASSIGN_OR_RETURN(StoredSaga saga, Decode(rows[0]));
    view = OrderSagaView{*state, std::move(saga), rows[0].Time(kNowColumn)};
    return absl::OkStatus();
  }));
  return view;
}

absl::StatusOr<std::vector<StoredSaga>> PostgresSagaReader::List(const SagaFilter& filter) {
  const bool open = !filter.step.empty() || filter.hold != saga::Hold::kNone ||
                    (filter.state && !saga::IsTerminal(*filter.state));
  Params params;
  params.Text(postgres::AfterOrFirst(filter.after.value()));
  params.Text(filter.state ? saga::ToString(*filter.state) : "");
  params.Int(std::chrono::duration_cast<std::chrono::seconds>(filter.age_min).count());
  params.Text(filter.step).Int(filter.limit);
  params.Text(filter.hold == saga::Hold::kNone ? "" : saga::ToString(filter.hold));
  std::vector<StoredSaga> sagas;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    sagas.clear();
    ASSIGN_OR_RETURN(const postgres::Rows rows,
                     transaction.Execute(open ? kListOpen : kListAny, params));
    for (const postgres::Row row : rows) {
      ASSIGN_OR_RETURN(StoredSaga saga, Decode(row));
      sagas.push_back(std::move(saga));
    }
    return absl::OkStatus();
  }));
  return sagas;
}

absl::StatusOr<SagaCounts> PostgresSagaReader::Count() {
  SagaCounts counts;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kCount));
    counts = {
        .past_due = rows[0].Int(0), .needs_attention = rows[0].Int(1), .paused = rows[0].Int(2)};
    return absl::OkStatus();
  }));
  return counts;
}

}  // namespace orderflow::order
