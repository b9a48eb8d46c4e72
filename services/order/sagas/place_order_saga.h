#pragma once

#include "libs/saga/definition.h"

namespace orderflow::order {

inline constexpr char kPlaceOrder[] = "place_order";
inline constexpr char kReserveStockStep[] = "reserve_stock";
inline constexpr char kAuthorizePaymentStep[] = "authorize_payment";
inline constexpr char kCapturePaymentStep[] = "capture_payment";
inline constexpr char kCommitReservationStep[] = "commit_reservation";

// Takes an accepted order to CONFIRMED, or undoes what was done:
//
//   reserve_stock ------+
//                       +--> capture_payment (pivot) --> commit_reservation
//   authorize_payment --+
const saga::SagaDefinition& PlaceOrderSaga();

}  // namespace orderflow::order
