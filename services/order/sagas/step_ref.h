#pragma once

#include "libs/base/strong_id.h"
#include "libs/saga/engine.h"
#include "orderflow/order/v1/saga_messages.pb.h"

namespace orderflow::order {

// The reference that a command carries and its reply brings back.
inline v1::SagaStepRef StepRef(const saga::Command& command, const SagaId& saga_id,
                               const OrderId& order_id) {
  v1::SagaStepRef ref;
  ref.set_saga_id(saga_id.value());
  ref.set_order_id(order_id.value());
  ref.set_step(command.step);
  ref.set_compensation(command.compensation);
  ref.set_attempt(command.attempt);
  return ref;
}

}  // namespace orderflow::order
