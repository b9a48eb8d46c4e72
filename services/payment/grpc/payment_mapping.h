#pragma once

#include <optional>

#include "orderflow/payment/v1/payment_service.pb.h"
#include "services/payment/domain/payment.h"
#include "services/payment/domain/reconciliation_store.h"

namespace orderflow::payment {

// The payment as the API shows it. A tombstone has no amount. The token never leaves.
v1::Payment ToProto(const Payment& payment);

// Nothing for UNSPECIFIED and for values that this version does not know.
std::optional<PaymentState> FromProto(v1::PaymentState state);
std::optional<DifferenceClass> FromProto(v1::DifferenceClass difference);

v1::ReconciliationDifference ToProto(const ReconciledDifference& difference);
v1::ReconciliationFinding ToProto(const Finding& finding);
v1::ReconciliationAction ToProto(const ReconciliationAction& action);

}  // namespace orderflow::payment
