#include "services/order/sagas/place_order_saga.h"

#include "services/order/sagas/step_policies.h"

namespace orderflow::order {
namespace {

saga::StepDefinition ReserveStock() {
  return {.name = kReserveStockStep,
          .command = "ReserveStock",
          .compensation = "ReleaseStock",
          .after = {},
          .retry = InventoryRetry(),
          .compensation_retry = InventoryRetry()};
}

saga::StepDefinition AuthorizePayment() {
  return {.name = kAuthorizePaymentStep,
          .command = "AuthorizePayment",
          .compensation = "VoidPayment",
          .after = {},
          .retry = PaymentRetry(),
          .compensation_retry = PaymentRetry()};
}

saga::StepDefinition CapturePayment() {
  return {.name = kCapturePaymentStep,
          .command = "CapturePayment",
          .compensation = "",
          .after = {kReserveStockStep, kAuthorizePaymentStep},
          .pivot = true,
          .retry = PaymentRetry(),
          .compensation_retry = {}};
}

}  // namespace

const saga::SagaDefinition& PlaceOrderSaga() {
  static const saga::SagaDefinition definition{
      .name = kPlaceOrder,
      .version = 2,
      .steps = {ReserveStock(),
                AuthorizePayment(),
                CapturePayment(),
                {.name = kCommitReservationStep,
                 .command = "CommitReservation",
                 .compensation = "Restock",
                 .after = {kReserveStockStep, kAuthorizePaymentStep},
                 .beside_pivot = true,
                 .retry = InventoryRetry(),
                 .compensation_retry = InventoryRetry()}}};
  return definition;
}

const saga::SagaDefinition& PlaceOrderSagaVersion1() {
  static const saga::SagaDefinition definition{.name = kPlaceOrder,
                                               .version = 1,
                                               .steps = {ReserveStock(),
                                                         AuthorizePayment(),
                                                         CapturePayment(),
                                                         {.name = kCommitReservationStep,
                                                          .command = "CommitReservation",
                                                          .compensation = "",
                                                          .after = {kCapturePaymentStep},
                                                          .retry = InventoryRetry(),
                                                          .compensation_retry = {}}}};
  return definition;
}

}  // namespace orderflow::order
