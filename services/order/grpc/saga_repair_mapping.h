#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/rpc/caller.h"
#include "orderflow/order/v1/saga_admin_service.pb.h"
#include "services/order/sagas/saga_repairer.h"

namespace orderflow::order {

// The most orders in one BatchRepairSagas.
inline constexpr int kRepairBatchMax = 100;

// Requests as they are asked for; kInvalidArgument names every field that is not as required.
struct RepairCall {
  std::vector<OrderId> order_ids;
  SagaActionRequest request;
};
absl::StatusOr<RepairCall> ValidateRepairSaga(const v1::RepairSagaRequest& request,
                                              const rpc::Caller& caller);
absl::StatusOr<RepairCall> ValidateBatchRepairSagas(const v1::BatchRepairSagasRequest& request,
                                                    const rpc::Caller& caller);
absl::StatusOr<SagaActionFilter> ValidateListSagaActions(const v1::ListSagaActionsRequest& request);
// What a page token of ListSagaActions is bound to.
std::string FilterKey(const v1::ListSagaActionsRequest& request);

v1::SagaAction ToProto(const SagaAction& action);
v1::SagaRepairResult ToProto(const SagaActionResult& result);

}  // namespace orderflow::order
