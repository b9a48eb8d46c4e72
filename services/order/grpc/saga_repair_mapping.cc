#include "services/order/grpc/saga_repair_mapping.h"

#include <optional>
#include <set>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "libs/base/validation.h"
#include "libs/rpc/page_token.h"
#include "libs/rpc/proto_time.h"
#include "libs/rpc/recorded_actor.h"
#include "services/order/grpc/client_status.h"
#include "services/order/grpc/order_mapping.h"
#include "services/order/grpc/saga_mapping.h"

namespace orderflow::order {
namespace {

constexpr char kUuidRule[] = "must be a UUID";
constexpr char kKindPrefix[] = "SAGA_ACTION_KIND_";

std::optional<SagaActionKind> FromProto(v1::SagaActionKind kind) {
  const std::string& name = v1::SagaActionKind_Name(kind);
  constexpr size_t kPrefixSize = sizeof(kKindPrefix) - 1;
  return name.size() > kPrefixSize ? ParseSagaActionKind(name.substr(kPrefixSize)) : std::nullopt;
}

SagaActionRequest ValidateRepair(const v1::SagaRepair& repair, const rpc::Caller& caller,
                                 FieldViolations& violations) {
  const std::optional<SagaActionKind> kind = FromProto(repair.kind());
  violations.Check(kind.has_value(), "repair.kind", "is not an action of this version of the API");
  violations.Check(IsUuid(repair.request_id()), "repair.request_id", kUuidRule);
  const std::string actor = rpc::RecordedActor(caller, repair.actor(), "repair.actor", violations);
  CheckReason(repair.reason(), "repair.reason", violations);
  if (kind == SagaActionKind::kSkip) {
    violations.Check(IsSagaStep(repair.step()), "repair.step", "is not a step of any saga");
    CheckReason(repair.evidence(), "repair.evidence", violations);
  } else {
    violations.Check(repair.step().empty(), "repair.step", "is for SKIP only");
    violations.Check(repair.evidence().empty(), "repair.evidence", "is for SKIP only");
  }
  violations.Check(
      (kind == SagaActionKind::kMigrate) == (repair.to_version() != 0) && repair.to_version() >= 0,
      "repair.to_version", "must be above 0 for MIGRATE, and 0 for all others");
  return {.request_id = RequestId(LowerCaseUuid(repair.request_id())),
          .kind = kind.value_or(SagaActionKind::kRetry),
          .actor = actor,
          .reason = repair.reason(),
          .step = repair.step(),
          .evidence = repair.evidence(),
          .to_version = repair.to_version(),
          .expected_version = 0,
          .validate_only = repair.validate_only()};
}

// A saga as it was recorded, which is without times.
v1::Saga ToProto(const SagaSnapshot& snapshot) {
  v1::Saga proto = ToProto(StoredSaga{.record = snapshot.saga, .update_time = {}});
  proto.clear_create_time();
  proto.clear_update_time();
  return proto;
}

}  // namespace

absl::StatusOr<RepairCall> ValidateRepairSaga(const v1::RepairSagaRequest& request,
                                              const rpc::Caller& caller) {
  FieldViolations violations;
  RepairCall call{.order_ids = {OrderId(LowerCaseUuid(request.order_id()))},
                  .request = ValidateRepair(request.repair(), caller, violations)};
  violations.Check(IsUuid(request.order_id()), "order_id", kUuidRule);
  violations.Check(request.expected_version() >= 0, "expected_version", "must not be negative");
  call.request.expected_version = request.expected_version();
  RETURN_IF_ERROR(violations.ToStatus());
  return call;
}

absl::StatusOr<RepairCall> ValidateBatchRepairSagas(const v1::BatchRepairSagasRequest& request,
                                                    const rpc::Caller& caller) {
  FieldViolations violations;
  RepairCall call{.order_ids = {}, .request = ValidateRepair(request.repair(), caller, violations)};
  violations.Check(call.request.kind != SagaActionKind::kSkip, "repair.kind",
                   "steps are skipped one order at a time");
  violations.Check(request.order_ids_size() >= 1 && request.order_ids_size() <= kRepairBatchMax,
                   "order_ids", fmt::format("must be 1 to {} ids", kRepairBatchMax));
  std::set<std::string> distinct;
  for (int i = 0; i < request.order_ids_size() && i < kRepairBatchMax; ++i) {
    const std::string field = fmt::format("order_ids[{}]", i);
    const std::string id = LowerCaseUuid(request.order_ids(i));
    violations.Check(IsUuid(id), field, kUuidRule);
    violations.Check(distinct.insert(id).second, field, "stands twice");
    call.order_ids.emplace_back(id);
  }
  RETURN_IF_ERROR(violations.ToStatus());
  return call;
}

absl::StatusOr<SagaActionFilter> ValidateListSagaActions(
    const v1::ListSagaActionsRequest& request) {
  FieldViolations violations;
  SagaActionFilter filter;
  violations.Check(request.order_id().empty() || IsUuid(request.order_id()), "order_id", kUuidRule);
  filter.order_id = OrderId(request.order_id());
  filter.limit = rpc::PageSize(request.page_size(), violations);
  filter.before = rpc::DecodeUuidPageToken(request.page_token(), FilterKey(request), violations);
  RETURN_IF_ERROR(violations.ToStatus());
  return filter;
}

std::string FilterKey(const v1::ListSagaActionsRequest& request) { return request.order_id(); }

v1::SagaAction ToProto(const SagaAction& action) {
  v1::SagaAction proto;
  proto.set_action_id(action.action_id);
  proto.set_order_id(action.order_id.value());
  v1::SagaRepair& repair = *proto.mutable_repair();
  repair.set_request_id(action.request.request_id.value());
  v1::SagaActionKind kind = v1::SAGA_ACTION_KIND_UNSPECIFIED;
  (void)v1::SagaActionKind_Parse(kKindPrefix + ToString(action.request.kind), &kind);
  repair.set_kind(kind);
  repair.set_actor(action.request.actor);
  repair.set_reason(action.request.reason);
  repair.set_step(action.request.step);
  repair.set_evidence(action.request.evidence);
  repair.set_validate_only(action.request.validate_only);
  repair.set_to_version(action.request.to_version);
  *proto.mutable_saga_before() = ToProto(action.before);
  *proto.mutable_saga_after() = ToProto(action.after);
  proto.set_order_state_before(ToProto(action.before.order_state));
  proto.set_order_state_after(ToProto(action.after.order_state));
  for (const saga::Command& command : action.commands) {
    v1::SagaCommand& added = *proto.add_commands();
    added.set_step(command.step);
    added.set_command(command.command);
    added.set_compensation(command.compensation);
    added.set_attempt(command.attempt);
  }
  for (const std::string& event : action.events) {
    proto.add_events(event);
  }
  *proto.mutable_create_time() = rpc::ToProtoTime(action.time);
  return proto;
}

v1::SagaRepairResult ToProto(const SagaActionResult& result) {
  v1::SagaRepairResult proto;
  proto.set_order_id(result.order_id.value());
  if (result.action.ok()) {
    *proto.mutable_action() = ToProto(*result.action);
  } else {
    *proto.mutable_error() =
        ErrorOfPart(result.action.status(), "BatchRepairSagas", result.order_id.value());
  }
  return proto;
}

}  // namespace orderflow::order
