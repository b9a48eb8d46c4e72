#include "services/order/grpc/saga_admin_service.h"

#include <string>

#include "google/protobuf/util/time_util.h"
#include "grpcpp/grpcpp.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/rpc/page_token.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/saga_mapping.h"
#include "services/order/grpc/saga_repair_mapping.h"
#include "services/order/sagas/explain_saga.h"
#include "services/order/sagas/saga_definitions.h"
#include "services/order/sagas/skip_step.h"

namespace orderflow::order {
namespace {

absl::Status ValidateGetSaga(const v1::GetSagaRequest& request) {
  FieldViolations violations;
  violations.Check(request.saga_id().empty() != request.order_id().empty(), "saga_id",
                   "exactly one of saga_id and order_id must be set");
  violations.Check(request.saga_id().empty() || IsUuid(request.saga_id()), "saga_id",
                   "must be a UUID");
  violations.Check(request.order_id().empty() || IsUuid(request.order_id()), "order_id",
                   "must be a UUID");
  return violations.ToStatus();
}

std::string FilterKey(const v1::ListSagasRequest& request) {
  return std::to_string(request.state()) + " " + std::to_string(request.age_min().seconds()) + " " +
         request.step() + " " + std::to_string(request.hold());
}

absl::StatusOr<SagaFilter> ValidateListSagas(const v1::ListSagasRequest& request) {
  FieldViolations violations;
  SagaFilter filter;
  filter.state = FromProto(request.state());
  violations.Check(filter.state || request.state() == v1::SAGA_STATE_UNSPECIFIED, "state",
                   "is not a state of this version of the API");
  violations.Check(request.age_min().seconds() >= 0, "age_min", "must not be negative");
  filter.age_min = std::chrono::seconds(request.age_min().seconds());
  filter.step = request.step();
  violations.Check(filter.step.empty() || IsSagaStep(filter.step), "step",
                   "is not a step of any saga");
  const std::optional<saga::Hold> hold = FromProto(request.hold());
  violations.Check(hold || request.hold() == v1::SAGA_HOLD_UNSPECIFIED, "hold",
                   "is not a hold of this version of the API");
  filter.hold = hold.value_or(saga::Hold::kNone);
  filter.limit = rpc::PageSize(request.page_size(), violations);
  filter.after =
      SagaId(rpc::DecodeUuidPageToken(request.page_token(), FilterKey(request), violations));
  RETURN_IF_ERROR(violations.ToStatus());
  return filter;
}

}  // namespace

void SagaAdminGrpcService::GetSaga(rpc::ServerCall* call, const v1::GetSagaRequest* request,
                                   v1::Saga* response) {
  executor_.Run(call, "GetSaga", rpc::NotForCustomers([=, this]() -> absl::Status {
                  RETURN_IF_ERROR(ValidateGetSaga(*request));
                  ASSIGN_OR_RETURN(const StoredSaga saga,
                                   request->saga_id().empty()
                                       ? reader_.ByOrder(OrderId(request->order_id()))
                                       : reader_.Get(SagaId(request->saga_id())));
                  *response = ToProto(saga);
                  return absl::OkStatus();
                }));
}

void SagaAdminGrpcService::ListSagas(rpc::ServerCall* call, const v1::ListSagasRequest* request,
                                     v1::ListSagasResponse* response) {
  executor_.Run(call, "ListSagas", rpc::NotForCustomers([=, this]() -> absl::Status {
                  ASSIGN_OR_RETURN(const SagaFilter filter, ValidateListSagas(*request));
                  ASSIGN_OR_RETURN(const std::vector<StoredSaga> sagas, reader_.List(filter));
                  for (const StoredSaga& saga : sagas) {
                    *response->add_sagas() = ToProto(saga);
                  }
                  if (static_cast<int>(sagas.size()) == filter.limit) {
                    response->set_next_page_token(rpc::EncodePageToken(
                        sagas.back().record.saga.saga_id.value(), FilterKey(*request)));
                  }
                  return absl::OkStatus();
                }));
}

void SagaAdminGrpcService::ExplainSaga(rpc::ServerCall* call, const v1::ExplainSagaRequest* request,
                                       v1::SagaExplanation* response) {
  executor_.Run(call, "ExplainSaga", rpc::NotForCustomers([=, this]() -> absl::Status {
                  FieldViolations violations;
                  violations.Check(IsUuid(request->order_id()), "order_id", "must be a UUID");
                  RETURN_IF_ERROR(violations.ToStatus());
                  ASSIGN_OR_RETURN(const OrderSagaView view,
                                   reader_.ViewOrder(OrderId(request->order_id())));
                  ASSIGN_OR_RETURN(const saga::PausedSteps paused, pauser_.Paused());
                  *response = ToProto(view, order::ExplainSaga(view, paused, SagaDefinitions()));
                  return absl::OkStatus();
                }));
}

void SagaAdminGrpcService::RepairSaga(rpc::ServerCall* call, const v1::RepairSagaRequest* request,
                                      v1::SagaAction* response) {
  executor_.Run(
      call, "RepairSaga",
      rpc::NotForCustomers(ForClient([=, this](const rpc::Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(const RepairCall repair, ValidateRepairSaga(*request, caller));
        if (repair.request.kind == SagaActionKind::kSkip) {
          ASSIGN_OR_RETURN(
              const SagaAction skipped,
              SkipStep(reader_, repairer_, proof_, repair.order_ids.front(), repair.request));
          *response = ToProto(skipped);
          return absl::OkStatus();
        }
        ASSIGN_OR_RETURN(const auto results, repairer_.Act(repair.order_ids, repair.request));
        RETURN_IF_ERROR(results.front().action.status());
        *response = ToProto(*results.front().action);
        return absl::OkStatus();
      })));
}

void SagaAdminGrpcService::BatchRepairSagas(rpc::ServerCall* call,
                                            const v1::BatchRepairSagasRequest* request,
                                            v1::BatchRepairSagasResponse* response) {
  executor_.Run(
      call, "BatchRepairSagas",
      rpc::NotForCustomers(ForClient([=, this](const rpc::Caller& caller) -> absl::Status {
        ASSIGN_OR_RETURN(const RepairCall repair, ValidateBatchRepairSagas(*request, caller));
        ASSIGN_OR_RETURN(const auto results, repairer_.Act(repair.order_ids, repair.request));
        for (const SagaActionResult& result : results) {
          *response->add_results() = ToProto(result);
        }
        return absl::OkStatus();
      })));
}

void SagaAdminGrpcService::ListSagaActions(rpc::ServerCall* call,
                                           const v1::ListSagaActionsRequest* request,
                                           v1::ListSagaActionsResponse* response) {
  executor_.Run(
      call, "ListSagaActions", rpc::NotForCustomers([=, this]() -> absl::Status {
        ASSIGN_OR_RETURN(const SagaActionFilter filter, ValidateListSagaActions(*request));
        ASSIGN_OR_RETURN(const std::vector<SagaAction> actions, repairer_.ListActions(filter));
        for (const SagaAction& action : actions) {
          *response->add_actions() = ToProto(action);
        }
        if (static_cast<int>(actions.size()) == filter.limit) {
          response->set_next_page_token(
              rpc::EncodePageToken(actions.back().action_id, FilterKey(*request)));
        }
        return absl::OkStatus();
      }));
}

}  // namespace orderflow::order
