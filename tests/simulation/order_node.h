#pragma once

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "services/order/domain/order_store.h"
#include "services/order/sagas/kept_aggregates.h"
#include "services/order/sagas/order_workflow.h"
#include "services/order/sagas/saga_action.h"
#include "services/order/sagas/workflow_batch.h"
#include "tests/simulation/consumer.h"
#include "tests/simulation/outbox_table.h"

namespace orderflow::simulation {

// order-service and saga-orchestrator, two processes on one database: production acceptance,
// workflow and saga engine on maps.
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
  absl::StatusOr<order::CancelledOrder> Cancel(const OrderId& order_id, const RequestId& request_id,
                                               const std::string& reason,
                                               const std::string& traceparent) override;

  // The orchestrator's timer: when it is next due, by the true time.
  std::optional<Timestamp> NextTimer() const;
  // Fires the timers that are due; `early`: all of them. False: there were none.
  bool FireTimers(bool early);

  // What a person does to an order's saga, in one transaction with its record. The same request id
  // again returns the record. Errors as of SagaRepairer::Act.
  absl::StatusOr<order::SagaAction> Repair(const OrderId& order_id,
                                           const order::SagaActionRequest& request);
  std::optional<order::SagaAction> FindAction(const RequestId& request_id,
                                              const OrderId& order_id) const;

  // A person pauses this step, instead of another one; or resumes it.
  void PauseStep(const std::string& definition, const std::string& step);
  void ResumeSteps() { SetPausedSteps({}); }
  bool HasPausedSteps() const { return !paused_steps_->empty(); }
  // How much later than after a short pause a saga may have looked at a step that was resumed.
  Duration longest_wait_for_resumed() const { return longest_wait_for_resumed_; }

  void CrashService() { outbox_.Crash(kServiceRelay); }
  void CrashOrchestrator();
  void SetClockSkew(Duration skew) { clock_.SetSkew(skew); }

  Consumer& replies() { return replies_; }
  OutboxTable& outbox() { return outbox_; }
  const OutboxTable& outbox() const { return outbox_; }
  const std::map<OrderId, order::OrderAggregate>& aggregates() const { return aggregates_; }

  static constexpr size_t kServiceRelay = 0;
  static constexpr size_t kOrchestratorRelay = 1;

 private:
  Consumer::Store HandleReplies(std::span<const messaging::Record> records);
  // As the orchestrator `kept` belongs to reads them.
  std::map<OrderId, order::OrderAggregate> Load(std::span<const OrderId> order_ids,
                                                order::KeptAggregates& kept);
  void Apply(order::WorkflowBatch& batch, const OrderId& order_id, const SagaId& saga_id,
             const saga::Event& event);
  saga::EngineContext Now() { return {clock_.Now(), environment_.random.Unit(), paused_steps_}; }
  void SetPausedSteps(saga::PausedSteps steps);
  // `kept`: of the process that stores, if it keeps what it stores and comes to know of it.
  void Store(std::vector<order::WorkflowStep> steps, size_t relay, bool known,
             order::KeptAggregates* kept = nullptr);
  void Observe(const SagaCoverage::Before& before, const SagaId& saga_id, const saga::Event& event,
               const saga::EngineContext& context, const order::WorkflowStep& after);
  void ObserveStart(const saga::SagaInstance& saga, const saga::EngineContext& context);
  void Report(const std::string& impossible);
  void BeginTransaction();
  void TraceStep(const order::OrderAggregate& aggregate);

  Environment& environment_;
  SkewedClock clock_;  // the database's
  order::OrderWorkflow workflow_;
  std::shared_ptr<const saga::PausedSteps> paused_steps_ =
      std::make_shared<const saga::PausedSteps>();
  Duration longest_wait_for_resumed_{0};
  std::map<OrderId, order::OrderAggregate> aggregates_;
  std::map<order::RequestKey, order::StoredAnswer> answers_;
  std::map<std::pair<RequestId, OrderId>, order::SagaAction> actions_;
  bool accept_in_doubt_ = false;
  OutboxTable outbox_;
  Consumer replies_;
  // Of the orchestrators, which have the partitions by turns.
  std::array<std::unique_ptr<order::KeptAggregates>, 2> kept_;
  size_t batches_ = 0;
};

}  // namespace orderflow::simulation
