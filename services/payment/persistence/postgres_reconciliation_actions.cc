#include "services/payment/persistence/postgres_reconciliation_actions.h"

#include <string>
#include <utility>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/page_start.h"
#include "libs/postgres/pool.h"

namespace orderflow::payment {
namespace {

constexpr postgres::Statement kAppend{
    "reconciliation_action_append",
    "INSERT INTO reconciliation_actions (action_id, request_id, actor, reason, payment_reference,"
    " class, kind, remedy, provider_reference, difference, effects)"
    " SELECT id, NULLIF(request, '')::uuid, actor, reason, payment, class, kind, remedy, entry,"
    " difference, effects"
    " FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],"
    " $7::text[], $8::text[], $9::text[], $10::text[], $11::text[])"
    " AS a (id, request, actor, reason, payment, class, kind, remedy, entry, difference, effects)"};

#define ORDERFLOW_RECONCILIATION_ACTION_COLUMNS                                   \
  "action_id, request_id, actor, reason, payment_reference, class, kind, remedy," \
  " provider_reference, difference, effects, create_time"

// One statement per filter, so that each has its own plan.
constexpr postgres::Statement kListAll{"reconciliation_action_list_all",
                                       "SELECT " ORDERFLOW_RECONCILIATION_ACTION_COLUMNS
                                       " FROM reconciliation_actions WHERE action_id < $1::uuid"
                                       " ORDER BY action_id DESC LIMIT $2"};
constexpr postgres::Statement kListOfPayment{
    "reconciliation_action_list_of_payment",
    "SELECT " ORDERFLOW_RECONCILIATION_ACTION_COLUMNS
    " FROM reconciliation_actions WHERE action_id < $1::uuid AND payment_reference = $3"
    " ORDER BY action_id DESC LIMIT $2"};

absl::StatusOr<ReconciliationAction> Decode(const postgres::Row& row) {
  const auto difference = ParseDifferenceClass(row.Text(5));
  const auto kind = ParseOperationKind(row.Text(6));
  const auto remedy = ParseRemedy(row.Text(7));
  if (!difference.has_value() || !kind.has_value() || !remedy.has_value()) {
    return absl::InternalError(
        fmt::format("reconciliation action {} has the unknown class '{}', kind '{}' or remedy "
                    "'{}': written by a newer binary?",
                    row.Text(0), row.Text(5), row.Text(6), row.Text(7)));
  }
  ReconciliationAction action;
  action.action_id = row.String(0);
  action.mandate = {.request_id = row.IsNull(1) ? "" : row.String(1),
                    .actor = row.String(2),
                    .reason = row.String(3)};
  action.difference.payment_reference = row.String(4);
  action.difference.difference = *difference;
  action.difference.kind = *kind;
  action.difference.remedy = *remedy;
  action.provider_reference = row.String(8);
  action.difference.reason = row.String(9);
  action.effects = row.String(10);
  action.create_time = row.Time(11);
  return action;
}

}  // namespace

absl::Status PostgresReconciliationActions::Append(postgres::Transaction& transaction,
                                                   std::span<const ReconciliationAction> actions) {
  if (actions.empty()) {
    return absl::OkStatus();
  }
  std::vector<std::string> ids, requests, actors, reasons, payments, classes, kinds, remedies,
      entries, differences, effects;
  for (const ReconciliationAction& action : actions) {
    ids.push_back(action.action_id);
    requests.push_back(action.mandate.request_id);
    actors.push_back(action.mandate.actor);
    reasons.push_back(action.mandate.reason);
    payments.push_back(action.difference.payment_reference);
    classes.push_back(ToString(action.difference.difference));
    kinds.push_back(ToString(action.difference.kind));
    remedies.push_back(ToString(action.difference.remedy));
    entries.push_back(action.provider_reference);
    differences.push_back(action.difference.reason);
    effects.push_back(action.effects);
  }
  postgres::Params params;
  params.UuidArray(ids).TextArray(requests).TextArray(actors).TextArray(reasons);
  params.TextArray(payments).TextArray(classes).TextArray(kinds).TextArray(remedies);
  params.TextArray(entries).TextArray(differences).TextArray(effects);
  return transaction.Queue(kAppend, params);
}

absl::StatusOr<std::vector<ReconciliationAction>> PostgresReconciliationActions::List(
    const ReconciliationActionFilter& filter) {
  std::vector<ReconciliationAction> actions;
  const absl::Status status =
      pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Text(postgres::BeforeOrLast(filter.before)).Int(filter.limit);
        if (!filter.payment_reference.empty()) {
          params.Text(filter.payment_reference);
        }
        ASSIGN_OR_RETURN(const postgres::Rows rows,
                         transaction.Execute(
                             filter.payment_reference.empty() ? kListAll : kListOfPayment, params));
        actions.clear();
        for (const postgres::Row row : rows) {
          ASSIGN_OR_RETURN(actions.emplace_back(), Decode(row));
        }
        return absl::OkStatus();
      });
  RETURN_IF_ERROR(status);
  return actions;
}

}  // namespace orderflow::payment
