#pragma once

#include "absl/status/statusor.h"
#include "services/order/sagas/saga_reader.h"
#include "services/order/sagas/saga_repairer.h"

namespace orderflow::order {

// Takes a stuck step of an order's saga as done, when its participant proves that it was. The proof
// is asked for outside the transaction; it holds because the action is bound to the version of the
// saga that it was asked for, and because what a participant has done for good stays done.
//
// Errors as of SagaRepairer::Act and StepProof::Prove; kNotFound.
absl::StatusOr<SagaAction> SkipStep(SagaReader& reader, SagaRepairer& repairer, StepProof& proof,
                                    const OrderId& order_id, SagaActionRequest request);

}  // namespace orderflow::order
