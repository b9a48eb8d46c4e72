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
//   reserve_stock ------+--> capture_payment (pivot)
//                       |
//   authorize_payment --+--> commit_reservation (beside it)
//
// Nothing can refuse a reserved order its stock, so the pieces leave it while the money is taken,
// and are restocked should the provider refuse the capture (ADR 0038).
const saga::SagaDefinition& PlaceOrderSaga();

// The version before, for sagas that began with it: commits after the capture.
const saga::SagaDefinition& PlaceOrderSagaVersion1();

}  // namespace orderflow::order
