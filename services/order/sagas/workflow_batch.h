#pragma once

#include <map>
#include <vector>

#include "absl/status/status.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Applies many events to many aggregates in memory, in order, so that a batch is stored with one
// write per table however many events it holds for one order. Not threadsafe.
class WorkflowBatch {
 public:
  WorkflowBatch(OrderWorkflow& workflow, std::map<OrderId, OrderAggregate>&& aggregates);

  // An event for an order that is not among the aggregates changes nothing and returns false.
  // `cause` is the span in the order's trace that brought it; empty: that of the saga.
  absl::StatusOr<bool> Apply(const OrderId& order_id, const SagaId& saga_id,
                             const saga::Event& event, const saga::EngineContext& context,
                             std::string cause = "");

  // What has become of an order so far; null: it is not among the aggregates.
  const WorkflowStep* Find(const OrderId& order_id) const;

  // What changed, one step per order.
  std::vector<WorkflowStep> TakeSteps();

 private:
  OrderWorkflow& workflow_;
  std::map<OrderId, WorkflowStep> steps_;
};

}  // namespace orderflow::order
