#include "services/order/sagas/workflow_batch.h"

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
                                          const saga::EngineContext& context, std::string cause) {
  const auto found = steps_.find(order_id);
  if (found == steps_.end()) {
    return false;
  }
  found->second.cause = std::move(cause);
  RETURN_IF_ERROR(workflow_.Apply(found->second, saga_id, event, context));
  return true;
}

const WorkflowStep* WorkflowBatch::Find(const OrderId& order_id) const {
  const auto found = steps_.find(order_id);
  return found == steps_.end() ? nullptr : &found->second;
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
