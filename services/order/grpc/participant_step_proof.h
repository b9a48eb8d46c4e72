#pragma once

#include <memory>
#include <optional>
#include <string>

#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "services/order/sagas/saga_repairer.h"

namespace orderflow::order {

// Asks payment-service for the payment of the order (payment_proof.h). Retries are the channel's
// (libs/rpc/channel.h). Threadsafe.
class ParticipantStepProof final : public StepProof {
 public:
  explicit ParticipantStepProof(const std::shared_ptr<grpc::Channel>& payment_channel);

  absl::Status Prove(const std::string& command, const OrderId& order_id) override;

 private:
  absl::StatusOr<std::optional<payment::v1::PaymentState>> PaymentStateOf(const OrderId& order_id);

  std::unique_ptr<payment::v1::PaymentService::StubInterface> payment_;
};

}  // namespace orderflow::order
