#pragma once

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// Reads a webhook's body, as far as we believe it: which operation it is about, and nothing else of
// it. What it says of outcome and amount is the provider's books to tell.
//
// {"type": "operation.<outcome>", "data": {"idempotency_key": "<order id>:<kind>", ...}, ...}
//
// Nothing for an event of another type, or of a key that is not of our form: to be acknowledged and
// left alone. kInvalidArgument, without the body's text, for what is not an event.
absl::StatusOr<std::optional<OperationKey>> ParseProviderEvent(std::string_view body);

}  // namespace orderflow::payment
