#include "services/order/grpc/participant_step_proof.h"

#include "fmt/format.h"
#include "grpcpp/grpcpp.h"
#include "libs/base/errors.h"
#include "libs/rpc/call_context.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/trace_context.h"
#include "services/order/sagas/payment_proof.h"

namespace orderflow::order {
namespace {

constexpr std::chrono::seconds kCallTimeout{5};

}  // namespace

ParticipantStepProof::ParticipantStepProof(const std::shared_ptr<grpc::Channel>& payment_channel)
    : payment_(payment::v1::PaymentService::NewStub(payment_channel)) {}

absl::Status ParticipantStepProof::Prove(const std::string& command, const OrderId& order_id) {
  return ProveByPayment(command, [&] { return PaymentStateOf(order_id); });
}

absl::StatusOr<std::optional<payment::v1::PaymentState>> ParticipantStepProof::PaymentStateOf(
    const OrderId& order_id) {
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
  payment::v1::GetPaymentRequest request;
  request.set_order_id(order_id.value());
  payment::v1::Payment payment;
  const grpc::Status status = payment_->GetPayment(&context, request, &payment);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return std::nullopt;
  }
  if (!status.ok()) {
    // gRPC's text names addresses.
    telemetry::LogWarning("payment-service proves nothing",
                          {{"order_id", order_id.value()},
                           {"code", std::to_string(status.error_code())},
                           {"error", status.error_message()}});
    return TypedError(absl::StatusCode::kUnavailable,
                      fmt::format("payment-service could not be asked for the payment of order {}; "
                                  "nothing was done, try again",
                                  order_id.value()),
                      "PAYMENT_UNAVAILABLE");
  }
  return payment.state();
}

}  // namespace orderflow::order
