// Alone in its file, so that a test can be linked with a list of its own: with versions that do not
// exist yet.
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {

const std::vector<const saga::SagaDefinition*>& SagaDefinitions() {
  static const std::vector<const saga::SagaDefinition*> definitions{
      &PlaceOrderSagaVersion1(), &PlaceOrderSaga(), &CancelOrderSaga()};
  return definitions;
}

}  // namespace orderflow::order
