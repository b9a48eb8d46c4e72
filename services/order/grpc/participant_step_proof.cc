#include "services/order/grpc/participant_step_proof.h"

#include <set>

#include "fmt/format.h"
#include "grpcpp/grpcpp.h"
#include "libs/base/errors.h"
#include "libs/rpc/call_context.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::order {
namespace {

constexpr std::chrono::seconds kCallTimeout{5};

// The states in which a payment stays that show that the command was carried out; none for
// commands of others.
std::set<payment::v1::PaymentState> StatesThatProve(const std::string& command) {
  if (command == "AuthorizePayment") {
    return {payment::v1::PAYMENT_STATE_AUTHORIZED};
  }
  if (command == "CapturePayment") {
    return {payment::v1::PAYMENT_STATE_CAPTURED};
  }
  if (command == "VoidPayment") {
    return {payment::v1::PAYMENT_STATE_VOIDED,
            payment::v1::PAYMENT_STATE_DECLINED};  // nothing is held
  }
  if (command == "RefundPayment") {
    return {payment::v1::PAYMENT_STATE_REFUNDED};
  }
  return {};
}

absl::Status NotProven(const std::string& command, const std::string& why) {
  return TypedError(absl::StatusCode::kFailedPrecondition,
                    fmt::format("{} cannot be skipped: {}; a retry is safe, as a repeated command "
                                "is answered with what is stored",
                                command, why),
                    "STEP_NOT_PROVEN", {{"command", command}});
}

}  // namespace

ParticipantStepProof::ParticipantStepProof(const std::shared_ptr<grpc::Channel>& payment_channel)
    : payment_(payment::v1::PaymentService::NewStub(payment_channel)) {}

absl::Status ParticipantStepProof::Prove(const std::string& command, const OrderId& order_id) {
  const std::set<payment::v1::PaymentState> proving = StatesThatProve(command);
  if (proving.empty()) {
    return NotProven(command, "inventory-service does not show what became of one order's stock");
  }
  grpc::ClientContext context;
  rpc::Prepare(context, kCallTimeout, telemetry::NewTrace());
  payment::v1::GetPaymentRequest request;
  request.set_order_id(order_id.value());
  payment::v1::Payment payment;
  const grpc::Status status = payment_->GetPayment(&context, request, &payment);
  if (status.error_code() == grpc::StatusCode::NOT_FOUND) {
    return NotProven(command, "payment-service has never heard of the order");
  }
  if (!status.ok()) {
    return absl::UnavailableError(fmt::format(
        "payment-service could not be asked for the payment of order {} ({}); nothing was done, "
        "try again",
        order_id.value(), status.error_message()));
  }
  if (!proving.contains(payment.state())) {
    return NotProven(command, fmt::format("payment-service shows the payment as {}",
                                          payment::v1::PaymentState_Name(payment.state())));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::order
