#include "services/order/persistence/postgres_saga_repairer.h"

#include <iterator>
#include <map>
#include <string>

#include "libs/base/status_macros.h"
#include "services/order/domain/order_store.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/persistence/saga_action_rows.h"

namespace orderflow::order {

// What one transaction answers, and what it stores.
namespace {

// Everything else that a saga is told leaves its definition as it is.
constexpr postgres::Statement kSetVersion{
    "saga_set_definition_version",
    "UPDATE sagas s SET definition_version = u.definition_version "
    "FROM unnest($1::uuid[], $2::int[]) AS u(saga_id, definition_version) "
    "WHERE s.saga_id = u.saga_id"};

absl::Status StoreNewVersions(postgres::Transaction& transaction,
                              std::span<const SagaAction> actions) {
  std::vector<std::string> saga_ids;
  std::vector<int64_t> versions;
  for (const SagaAction& action : actions) {
    if (action.request.kind == SagaActionKind::kMigrate) {
      saga_ids.push_back(action.before.saga.saga.saga_id.value());
      versions.push_back(action.request.to_version);
    }
  }
  return saga_ids.empty()
             ? absl::OkStatus()
             : transaction.Queue(kSetVersion,
                                 postgres::Params().UuidArray(saga_ids).IntArray(versions));
}

}  // namespace

struct PostgresSagaRepairer::Batch {
  std::vector<SagaActionResult> results;
  std::vector<SagaAction> actions;
  std::vector<WorkflowStep> steps;
  Timestamp now;
};

absl::StatusOr<std::vector<SagaActionResult>> PostgresSagaRepairer::Act(
    std::span<const OrderId> order_ids, const SagaActionRequest& request) {
  std::vector<SagaActionResult> results;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    Batch batch;
    RETURN_IF_ERROR(Decide(transaction, order_ids, request, batch));
    results = std::move(batch.results);
    return request.validate_only ? absl::OkStatus() : Store(transaction, batch);
  }));
  return results;
}

absl::Status PostgresSagaRepairer::Decide(postgres::Transaction& transaction,
                                          std::span<const OrderId> order_ids,
                                          const SagaActionRequest& request, Batch& batch) {
  // Locked, so that a request that runs at the same time has stored its records before they are
  // read here; and an action on many orders must not lose against the replies to some of them.
  ASSIGN_OR_RETURN(const LoadedAggregates locked, LockAggregates(transaction, order_ids));
  batch.now = locked.now;
  ASSIGN_OR_RETURN(const auto stored, FindSagaActions(transaction, request.request_id, order_ids));
  for (const OrderId& order_id : order_ids) {
    const auto aggregate = locked.aggregates.find(order_id);
    if (aggregate == locked.aggregates.end()) {
      batch.results.push_back({order_id, OrderNotFound(order_id)});
      continue;
    }
    if (const auto before = stored.find(order_id); before != stored.end()) {
      const absl::Status same = CheckSameAction(before->second, request);
      batch.results.push_back({order_id, same.ok() ? absl::StatusOr<SagaAction>(before->second)
                                                   : absl::StatusOr<SagaAction>(same)});
      continue;
    }
    absl::StatusOr<DecidedSagaAction> decided = DecideSagaAction(
        workflow_, aggregate->second, request, {.now = locked.now, .random01 = 0.5});
    if (!decided.ok()) {
      batch.results.push_back({order_id, decided.status()});
      continue;
    }
    if (!request.validate_only) {
      decided->action.action_id = ids_.NewId();
    }
    batch.results.push_back({order_id, decided->action});
    batch.actions.push_back(std::move(decided->action));
    batch.steps.push_back(std::move(decided->step));
  }
  return absl::OkStatus();
}

absl::Status PostgresSagaRepairer::Store(postgres::Transaction& transaction, Batch& batch) {
  if (batch.steps.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(UpdateAggregates(transaction, batch.steps, batch.now));
  RETURN_IF_ERROR(StoreNewVersions(transaction, batch.actions));
  RETURN_IF_ERROR(InsertSagaActions(transaction, batch.actions));
  std::vector<outbox::OutboxMessage> messages;
  for (WorkflowStep& step : batch.steps) {
    std::move(step.messages.begin(), step.messages.end(), std::back_inserter(messages));
  }
  RETURN_IF_ERROR(outbox_.Insert(transaction, std::move(messages)));
  transaction.AfterCommit([this, steps = std::move(batch.steps)] {
    for (const WorkflowStep& step : steps) {
      on_step_(step);
    }
  });
  return absl::OkStatus();
}

absl::StatusOr<std::optional<SagaAction>> PostgresSagaRepairer::Find(const RequestId& request_id,
                                                                     const OrderId& order_id) {
  std::optional<SagaAction> found;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(auto actions,
                     FindSagaActions(transaction, request_id, std::span(&order_id, 1)));
    if (const auto action = actions.find(order_id); action != actions.end()) {
      found = std::move(action->second);
    }
    return absl::OkStatus();
  }));
  return found;
}

absl::StatusOr<std::vector<SagaAction>> PostgresSagaRepairer::ListActions(
    const SagaActionFilter& filter) {
  std::vector<SagaAction> actions;
  RETURN_IF_ERROR(pool_.RunReadOnly([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(actions, ListSagaActions(transaction, filter));
    return absl::OkStatus();
  }));
  return actions;
}

}  // namespace orderflow::order
