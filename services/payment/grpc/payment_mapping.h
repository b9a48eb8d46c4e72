#pragma once

#include <optional>

#include "orderflow/payment/v1/payment_service.pb.h"
#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// The payment as the API shows it. A tombstone has no amount. The token never leaves.
v1::Payment ToProto(const Payment& payment);

// Nothing for UNSPECIFIED and for values that this version does not know.
std::optional<PaymentState> FromProto(v1::PaymentState state);

}  // namespace orderflow::payment
