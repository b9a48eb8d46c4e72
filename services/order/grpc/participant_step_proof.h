#pragma once

#include <memory>
#include <string>

#include "orderflow/payment/v1/payment_service.grpc.pb.h"
#include "services/order/sagas/saga_repairer.h"

namespace orderflow::order {

// Asks payment-service for the payment of the order: its final states prove what was carried out.
// inventory-service shows nothing about one order's reservation, so that its commands cannot be
// proven. Retries are the channel's (libs/rpc/channel.h). Threadsafe.
class ParticipantStepProof final : public StepProof {
 public:
  explicit ParticipantStepProof(const std::shared_ptr<grpc::Channel>& payment_channel);

  absl::Status Prove(const std::string& command, const OrderId& order_id) override;

 private:
  std::unique_ptr<payment::v1::PaymentService::StubInterface> payment_;
};

}  // namespace orderflow::order
