#include "services/order/sagas/place_order_saga.h"

#include "services/order/sagas/step_policies.h"

namespace orderflow::order {

const saga::SagaDefinition& PlaceOrderSaga() {
  static const saga::SagaDefinition definition{
      .name = kPlaceOrder,
      .version = 1,
      .steps =
          {
              {.name = kReserveStockStep,
               .command = "ReserveStock",
               .compensation = "ReleaseStock",
               .after = {},
               .pivot = false,
               .retry = InventoryRetry(),
               .compensation_retry = InventoryRetry()},
              {.name = kAuthorizePaymentStep,
               .command = "AuthorizePayment",
               .compensation = "VoidPayment",
               .after = {},
               .pivot = false,
               .retry = PaymentRetry(),
               .compensation_retry = PaymentRetry()},
              {.name = kCapturePaymentStep,
               .command = "CapturePayment",
               .compensation = "",
               .after = {kReserveStockStep, kAuthorizePaymentStep},
               .pivot = true,
               .retry = PaymentRetry(),
               .compensation_retry = {}},
              {.name = kCommitReservationStep,
               .command = "CommitReservation",
               .compensation = "",
               .after = {kCapturePaymentStep},
               .pivot = false,
               .retry = InventoryRetry(),
               .compensation_retry = {}},
          },
  };
  return definition;
}

}  // namespace orderflow::order
