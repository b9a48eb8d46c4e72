#include "services/order/sagas/cancel_order_saga.h"

#include "services/order/sagas/step_policies.h"

namespace orderflow::order {

const saga::SagaDefinition& CancelOrderSaga() {
  static const saga::SagaDefinition definition{
      .name = kCancelOrder,
      .version = 1,
      .steps =
          {
              {.name = kRefundPaymentStep,
               .command = "RefundPayment",
               .compensation = "",
               .after = {},
               .pivot = true,
               .retry = PaymentRetry(),
               .compensation_retry = {}},
              {.name = kRestockStep,
               .command = "Restock",
               .compensation = "",
               .after = {kRefundPaymentStep},
               .pivot = false,
               .retry = InventoryRetry(),
               .compensation_retry = {}},
          },
  };
  return definition;
}

}  // namespace orderflow::order
