#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "orderflow/payment/v1/payment_service.pb.h"
#include "services/order/sagas/saga_reader.h"
#include "services/order/sagas/saga_repairer.h"
#include "tests/simulation/order_node.h"
#include "tests/simulation/payment_node.h"

namespace orderflow::simulation {

// A person who repairs sagas at random, through the production decisions, whether it makes sense or
// not. An answer that does not come is asked for again with the same request id.
class RepairDesk final : order::SagaReader, order::SagaRepairer, order::StepProof {
 public:
  // `meanwhile` lets the world go on between a participant's proof and the action that rests on it.
  RepairDesk(Environment& environment, OrderNode& orders, const PaymentNode& payments,
             std::function<void()> meanwhile);

  // Any action on any order.
  void Repair();

  // Nobody else lets go of a saga that is held.
  bool IsAnyHeld() const;
  void ReleaseOne();
  void ResumeSteps();

 private:
  // SagaReader
  absl::StatusOr<order::StoredSaga> Get(const SagaId& saga_id) override;
  absl::StatusOr<order::StoredSaga> ByOrder(const OrderId& order_id) override;
  absl::StatusOr<order::OrderSagaView> ViewOrder(const OrderId& order_id) override;
  absl::StatusOr<std::vector<order::StoredSaga>> List(const order::SagaFilter& filter) override;
  absl::StatusOr<order::SagaCounts> Count() override;
  // SagaRepairer
  absl::StatusOr<std::vector<order::SagaActionResult>> Act(
      std::span<const OrderId> order_ids, const order::SagaActionRequest& request) override;
  absl::StatusOr<std::optional<order::SagaAction>> Find(const RequestId& request_id,
                                                        const OrderId& order_id) override;
  absl::StatusOr<std::vector<order::SagaAction>> ListActions(
      const order::SagaActionFilter& filter) override;
  // StepProof
  absl::Status Prove(const std::string& command, const OrderId& order_id) override;

  std::optional<payment::v1::PaymentState> ShownState(const OrderId& order_id) const;
  void PauseStep();
  void Do(const OrderId& order_id, order::SagaActionKind kind, const std::string& step);
  absl::Status Ask(const OrderId& order_id, const order::SagaActionRequest& request);
  void Cover(order::SagaActionKind kind, const absl::Status& answer);

  Environment& environment_;
  OrderNode& orders_;
  const PaymentNode& payments_;
  const std::function<void()> meanwhile_;
};

}  // namespace orderflow::simulation
