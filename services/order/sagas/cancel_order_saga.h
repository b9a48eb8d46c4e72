#pragma once

#include "libs/saga/definition.h"

namespace orderflow::order {

inline constexpr char kCancelOrder[] = "cancel_order";
inline constexpr char kRefundPaymentStep[] = "refund_payment";
inline constexpr char kRestockStep[] = "restock";

// Takes a CONFIRMED order back: the refund is the pivot, because a customer who was promised their
// money never loses it again; then the pieces return to stock.
//
//   refund_payment (pivot) --> restock
const saga::SagaDefinition& CancelOrderSaga();

}  // namespace orderflow::order
