#include "services/order/sagas/payment_proof.h"

#include <set>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"

namespace orderflow::order {
namespace {

// The states in which a payment stays that show that the command was carried out; none for
// commands of others.
std::set<payment::v1::PaymentState> StatesThatProve(const std::string& command) {
  if (command == "AuthorizePayment") {
    return {payment::v1::PAYMENT_STATE_AUTHORIZED};
  }
  if (command == "CapturePayment") {
    if (IsPlanted(PlantedBug::kOpenOutcomeProves)) {
      return {payment::v1::PAYMENT_STATE_CAPTURED, payment::v1::PAYMENT_STATE_CAPTURING};
    }
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

absl::Status ProveByPayment(
    const std::string& command,
    absl::FunctionRef<absl::StatusOr<std::optional<payment::v1::PaymentState>>()> ask) {
  const std::set<payment::v1::PaymentState> proving = StatesThatProve(command);
  if (proving.empty()) {
    return NotProven(command, "inventory-service does not show what became of one order's stock");
  }
  ASSIGN_OR_RETURN(const std::optional<payment::v1::PaymentState> state, ask());
  if (!state) {
    return NotProven(command, "payment-service has never heard of the order");
  }
  if (!proving.contains(*state)) {
    return NotProven(command, fmt::format("payment-service shows the payment as {}",
                                          payment::v1::PaymentState_Name(*state)));
  }
  return absl::OkStatus();
}

}  // namespace orderflow::order
