#pragma once

#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "orderflow/payment/v1/payment_service.pb.h"

namespace orderflow::order {

// Whether an order's payment shows that `command` was carried out for good. `ask` reads the
// payment's state as its service shows it, nothing when there is no payment; it is not called for
// commands of others.
//
// kFailedPrecondition (STEP_NOT_PROVEN): it does not, or cannot show it, and what it shows instead;
// errors of `ask`.
absl::Status ProveByPayment(
    const std::string& command,
    absl::FunctionRef<absl::StatusOr<std::optional<payment::v1::PaymentState>>()> ask);

}  // namespace orderflow::order
