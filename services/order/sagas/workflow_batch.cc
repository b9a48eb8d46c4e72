#include "services/order/sagas/workflow_batch.h"

#include <iterator>
#include <utility>

#include "libs/base/status_macros.h"

namespace orderflow::order {

WorkflowBatch::WorkflowBatch(OrderWorkflow& workflow,
                             std::map<OrderId, OrderAggregate>&& aggregates)
    : workflow_(workflow) {
  for (auto& [order_id, aggregate] : aggregates) {
    steps_.emplace(order_id,
                   WorkflowStep{.aggregate = std::move(aggregate), .ended = {}, .messages = {}});
  }
}

absl::StatusOr<bool> WorkflowBatch::Apply(const OrderId& order_id, const SagaId& saga_id,
                                          const saga::Event& event,
                                          const saga::EngineContext& context) {
  const auto found = steps_.find(order_id);
  if (found == steps_.end()) {
    return false;
  }
  WorkflowStep& total = found->second;
  ASSIGN_OR_RETURN(WorkflowStep next, workflow_.Apply(total.aggregate, saga_id, event, context));
  total.aggregate = std::move(next.aggregate);
  std::move(next.ended.begin(), next.ended.end(), std::back_inserter(total.ended));
  std::move(next.messages.begin(), next.messages.end(), std::back_inserter(total.messages));
  total.order_changed |= next.order_changed;
  total.saga_changed |= next.saga_changed;
  total.parked |= next.parked;
  return true;
}

std::vector<WorkflowStep> WorkflowBatch::TakeSteps() {
  std::vector<WorkflowStep> changed;
  for (auto& [order_id, step] : steps_) {
    if (step.order_changed || step.saga_changed) {
      changed.push_back(std::move(step));
    }
  }
  steps_.clear();
  return changed;
}

}  // namespace orderflow::order
