#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "services/order/domain/order_store.h"
#include "services/order/sagas/order_workflow.h"
#include "tests/simulation/consumer.h"
#include "tests/simulation/outbox_table.h"

namespace orderflow::simulation {

// order-service and saga-orchestrator with their database: production acceptance, workflow and saga
// engine on maps.
class OrderNode final : public order::OrderStore {
 public:
  OrderNode(Environment& environment, Broker& broker);

  // OrderStore
  absl::StatusOr<std::map<order::RequestKey, order::StoredAnswer>> FindAnswers(
      std::span<const order::RequestKey> keys) override;
  absl::StatusOr<std::map<order::RequestKey, order::StoredAnswer>> Accept(
      std::span<const order::Decision> decisions) override;
  absl::StatusOr<std::map<OrderId, order::Order>> Get(std::span<const OrderId> order_ids) override;
  absl::StatusOr<std::vector<order::Order>> List(const order::OrderFilter& filter) override;
  absl::StatusOr<order::Order> Cancel(const OrderId& order_id, const RequestId& request_id,
                                      const std::string& reason,
                                      const std::string& traceparent) override;

  // The orchestrator's timer.
  bool HasDueTimer() const;
  std::optional<Timestamp> NextTimer() const;
  void FireTimers();

  void Crash() { outbox_.Crash(); }

  Consumer& replies() { return replies_; }
  const Consumer& replies() const { return replies_; }
  OutboxTable& outbox() { return outbox_; }
  const OutboxTable& outbox() const { return outbox_; }
  const std::map<OrderId, order::OrderAggregate>& aggregates() const { return aggregates_; }

 private:
  Consumer::Store HandleReplies(std::span<const messaging::Record> records);
  saga::EngineContext Now() { return {environment_.clock.Now(), environment_.random.Unit()}; }
  void Store(std::vector<order::WorkflowStep> steps, bool known);
  void Cover(const saga::SagaInstance* before, const saga::SagaInstance& after);

  Environment& environment_;
  order::OrderWorkflow workflow_;
  std::map<OrderId, order::OrderAggregate> aggregates_;
  std::map<order::RequestKey, order::StoredAnswer> answers_;
  OutboxTable outbox_;
  Consumer replies_;
};

}  // namespace orderflow::simulation
