#include "services/order/sagas/saga_action.h"

#include <array>
#include <utility>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "services/order/domain/create_order.h"
#include "services/order/sagas/order_event_message.h"
#include "services/order/sagas/refusal_codec.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

constexpr std::array<std::pair<SagaActionKind, std::string_view>, 8> kKinds{{
    {SagaActionKind::kRetry, "RETRY"},
    {SagaActionKind::kSkip, "SKIP"},
    {SagaActionKind::kCompensate, "COMPENSATE"},
    {SagaActionKind::kPause, "PAUSE"},
    {SagaActionKind::kResume, "RESUME"},
    {SagaActionKind::kPark, "PARK"},
    {SagaActionKind::kUnpark, "UNPARK"},
    {SagaActionKind::kMigrate, "MIGRATE"},
}};

// What the customer is told; the person's own reason stays in the record of the action.
std::string StoppedRefusal() {
  return EncodeRefusal({.reason = RefusalReason::kStoppedByOperator,
                        .message = "the order could not be completed",
                        .skus = {},
                        .provider_code = {}});
}

absl::Status Act(OrderWorkflow& workflow, WorkflowStep& step, const SagaActionRequest& request,
                 const saga::EngineContext& context) {
  const saga::SagaInstance& saga = step.aggregate.current.saga;
  if (request.kind != SagaActionKind::kMigrate) {
    const SagaId saga_id = saga.saga_id;
    return workflow.Apply(step, saga_id, EventOf(request), context);
  }
  const auto to = FindSagaDefinition(saga.definition, request.to_version);
  if (!to.ok()) {
    return absl::FailedPreconditionError(
        fmt::format("this binary has no {} version {} to move the saga to", saga.definition,
                    request.to_version));
  }
  return workflow.Migrate(step, **to, context);
}

SagaSnapshot SnapshotOf(const OrderAggregate& aggregate) {
  return {.order_state = aggregate.order.state(), .saga = aggregate.current};
}

// Each change of an order's state is one event.
std::vector<std::string> EventsSince(const Order& before, const Order& after) {
  std::vector<std::string> events;
  for (size_t i = before.history.size(); i < after.history.size(); ++i) {
    events.push_back(EventName(after.history[i].state));
  }
  return events;
}

}  // namespace

std::string ToString(SagaActionKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) {
      return std::string(name);
    }
  }
  return "";
}

std::optional<SagaActionKind> ParseSagaActionKind(std::string_view text) {
  for (const auto& [value, name] : kKinds) {
    if (name == text) {
      return value;
    }
  }
  return std::nullopt;
}

saga::Event EventOf(const SagaActionRequest& request) {
  switch (request.kind) {
    case SagaActionKind::kRetry:
      return saga::RetryRequested{};
    case SagaActionKind::kSkip:
      return saga::StepSkipped{request.step};
    case SagaActionKind::kCompensate:
      return saga::CancelRequested{StoppedRefusal()};
    case SagaActionKind::kPause:
      return saga::HoldRequested{saga::Hold::kPaused};
    case SagaActionKind::kResume:
      return saga::HoldReleased{saga::Hold::kPaused};
    case SagaActionKind::kPark:
      return saga::HoldRequested{saga::Hold::kParked};
    case SagaActionKind::kUnpark:
      return saga::HoldReleased{saga::Hold::kParked};
    case SagaActionKind::kMigrate:
      break;
  }
  return saga::TimerFired{};
}

absl::Status CheckSagaVersion(const SagaRecord& record, int64_t expected_version) {
  if (expected_version == 0 || expected_version == record.version) {
    return absl::OkStatus();
  }
  return TypedError(absl::StatusCode::kFailedPrecondition,
                    fmt::format("saga {} is at version {} and not at {}: look at it again",
                                record.saga.saga_id.value(), record.version, expected_version),
                    "SAGA_VERSION_CHANGED", {{"version", std::to_string(record.version)}});
}

absl::StatusOr<DecidedSagaAction> DecideSagaAction(OrderWorkflow& workflow,
                                                   const OrderAggregate& aggregate,
                                                   const SagaActionRequest& request,
                                                   const saga::EngineContext& context) {
  const SagaRecord& current = aggregate.current;
  RETURN_IF_ERROR(CheckSagaVersion(current, request.expected_version));
  WorkflowStep step{.aggregate = aggregate, .ended = {}, .messages = {}};
  const absl::Status applied = Act(workflow, step, request, context);
  if (absl::IsUnimplemented(applied)) {
    return TypedError(absl::StatusCode::kFailedPrecondition, Message(applied),
                      "SAGA_OF_NEWER_BINARY");
  }
  if (absl::IsFailedPrecondition(applied)) {
    return TypedError(absl::StatusCode::kFailedPrecondition, Message(applied),
                      "SAGA_ACTION_NOT_POSSIBLE");
  }
  RETURN_IF_ERROR(applied);
  SagaSnapshot after = SnapshotOf(step.aggregate);
  ++after.saga.version;  // as storing it will make it
  SagaAction action{.action_id = "",
                    .order_id = aggregate.order.order_id,
                    .request = request,
                    .before = SnapshotOf(aggregate),
                    .after = std::move(after),
                    .commands = step.commands,
                    .events = EventsSince(aggregate.order, step.aggregate.order),
                    .time = context.now};
  return DecidedSagaAction{.action = std::move(action), .step = std::move(step)};
}

absl::Status CheckSameAction(const SagaAction& stored, const SagaActionRequest& request) {
  const SagaActionRequest& first = stored.request;
  if (first.kind == request.kind && first.actor == request.actor &&
      first.reason == request.reason && first.step == request.step &&
      first.evidence == request.evidence && first.to_version == request.to_version) {
    return absl::OkStatus();
  }
  return ActionRequestIdReused(request.request_id);
}

absl::Status ActionRequestIdReused(const RequestId& request_id) {
  return TypedError(
      absl::StatusCode::kAlreadyExists,
      fmt::format("request_id {} was used before for another action; choose a new request_id",
                  request_id.value()),
      "REQUEST_ID_REUSED", {{"request_id", request_id.value()}});
}

absl::StatusOr<std::string> CommandOfStep(const saga::SagaInstance& saga, const std::string& step) {
  ASSIGN_OR_RETURN(const saga::SagaDefinition* definition,
                   FindSagaDefinition(saga.definition, saga.definition_version));
  for (size_t i = 0; i < definition->steps.size() && i < saga.steps.size(); ++i) {
    if (definition->steps[i].name == step) {
      return saga.steps[i].state == saga::StepState::kCompensating
                 ? definition->steps[i].compensation
                 : definition->steps[i].command;
    }
  }
  return absl::InvalidArgumentError(
      fmt::format("saga {} has no step \"{}\"", saga.saga_id.value(), step));
}

}  // namespace orderflow::order
