#include "services/order/sagas/skip_step.h"

#include <optional>
#include <span>
#include <string>
#include <utility>

#include "libs/base/status_macros.h"

namespace orderflow::order {

absl::StatusOr<SagaAction> SkipStep(SagaReader& reader, SagaRepairer& repairer, StepProof& proof,
                                    const OrderId& order_id, SagaActionRequest request) {
  // A repeated request gets its first answer, whatever the proof says by now.
  ASSIGN_OR_RETURN(std::optional<SagaAction> stored, repairer.Find(request.request_id, order_id));
  if (stored) {
    RETURN_IF_ERROR(CheckSameAction(*stored, request));
    return *std::move(stored);
  }
  ASSIGN_OR_RETURN(const OrderSagaView view, reader.ViewOrder(order_id));
  const SagaRecord& record = view.saga.record;
  RETURN_IF_ERROR(CheckSagaVersion(record, request.expected_version));
  ASSIGN_OR_RETURN(const std::string command, CommandOfStep(record.saga, request.step));
  RETURN_IF_ERROR(proof.Prove(command, order_id));
  request.expected_version = record.version;
  ASSIGN_OR_RETURN(auto results, repairer.Act(std::span(&order_id, 1), request));
  return std::move(results.front().action);
}

}  // namespace orderflow::order
