#pragma once

#include "services/payment/domain/payment.h"

namespace orderflow::payment {

// Takes word from outside that an operation has an outcome at the provider (port). A hint decides
// nothing: it has the provider asked by key before the resolver would. Threadsafe, never blocks.
class OutcomeHints {
 public:
  virtual ~OutcomeHints() = default;
  // False when there is no room: nothing is lost, the resolver comes by all the same.
  virtual bool Offer(const OperationKey& operation) = 0;
};

}  // namespace orderflow::payment
