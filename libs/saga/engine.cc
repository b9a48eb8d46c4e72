#include "libs/saga/engine.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/saga/repair_events.h"
#include "libs/saga/transition_builder.h"

namespace orderflow::saga {
namespace {

constexpr char kNoReasonGiven[] = "no reason was given";

std::string OrNoReason(const std::string& error) { return error.empty() ? kNoReasonGiven : error; }

bool AwaitsReply(StepState state) {
  return state == StepState::kExecuting || state == StepState::kUnknown;
}

std::optional<size_t> IndexOf(const SagaDefinition& definition, const std::string& step) {
  const auto found =
      std::find_if(definition.steps.begin(), definition.steps.end(),
                   [&](const StepDefinition& candidate) { return candidate.name == step; });
  if (found == definition.steps.end()) {
    return std::nullopt;
  }
  return static_cast<size_t>(found - definition.steps.begin());
}

// Stored bytes are not trusted: what does not fit is an error, not a crash.
absl::Status CheckFits(const SagaDefinition& definition, const SagaInstance& saga) {
  if (saga.definition != definition.name || saga.definition_version != definition.version ||
      saga.steps.size() != definition.steps.size()) {
    return absl::InternalError(fmt::format(
        "saga {} is of {} version {} with {} steps and cannot go on as {} version {} with {} "
        "steps: keep every "
        "published definition version registered",
        saga.saga_id.value(), saga.definition, saga.definition_version, saga.steps.size(),
        definition.name, definition.version, definition.steps.size()));
  }
  const bool compensating =
      saga.state == SagaState::kCompensating ||
      (saga.state == SagaState::kNeedsAttention && saga.parked_from == SagaState::kCompensating);
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    const StepState state = saga.steps[i].state;
    const bool to_undo =
        AwaitsReply(state) || state == StepState::kDone || state == StepState::kCompensating;
    if (compensating && to_undo && definition.steps[i].compensation.empty()) {
      return absl::InternalError(
          fmt::format("saga {} compensates but its step {} is {} and cannot be undone: the stored "
                      "row is damaged",
                      saga.saga_id.value(), definition.steps[i].name, ToString(state)));
    }
  }
  return absl::OkStatus();
}

void OnActionRefused(TransitionBuilder& builder, size_t index, const ReplyReceived& reply) {
  builder.Settle(index, StepState::kRefused);
  if (builder.Direction() == SagaState::kCompensating) {
    return;  // was open when the saga turned round: one step less to undo
  }
  if (builder.IsPivot(index) || builder.PivotIs(StepState::kPending)) {
    builder.TurnBack(reply.refusal);
    return;
  }
  builder.Block(index, reply.error.empty()
                           ? "refused after the pivot had begun, where nothing can be undone"
                           : reply.error);
  builder.RecordRefusal(reply.refusal);
}

void OnActionReply(TransitionBuilder& builder, size_t index, const ReplyReceived& reply) {
  const StepState state = builder.step(index).state;
  const bool running = builder.Direction() == SagaState::kRunning;
  // A step refused after the pivot keeps the saga parked until it is done after all.
  const bool done_after_all =
      running && state == StepState::kRefused && reply.outcome == Outcome::kDone;
  if (!AwaitsReply(state) && !done_after_all && !IsPlanted(PlantedBug::kStaleReplyApplied)) {
    return;
  }
  switch (reply.outcome) {
    case Outcome::kDone:
      builder.Settle(index, StepState::kDone);
      break;
    case Outcome::kRefused:
      OnActionRefused(builder, index, reply);
      break;
    case Outcome::kFailed:
    case Outcome::kUnknown:
      if (!running) {
        return;  // it will be undone whatever it was
      }
      if (reply.outcome == Outcome::kUnknown) {
        builder.MarkUnknown(index);
      }
      builder.RetryLater(index, false, OrNoReason(reply.error));
      break;
  }
  builder.Proceed();
}

void OnCompensationReply(TransitionBuilder& builder, size_t index, const ReplyReceived& reply) {
  if (builder.step(index).state != StepState::kCompensating) {
    return;
  }
  switch (reply.outcome) {
    case Outcome::kDone:
      builder.Settle(index, StepState::kCompensated);
      break;
    case Outcome::kRefused:
      builder.Block(index,
                    fmt::format("the compensation was refused: {}", OrNoReason(reply.error)));
      break;
    case Outcome::kFailed:
    case Outcome::kUnknown:
      builder.RetryLater(index, true, OrNoReason(reply.error));
      break;
  }
  builder.Proceed();
}

struct EventHandler {
  const SagaDefinition& definition;
  const SagaInstance& saga;
  const EngineContext& context;
  TransitionBuilder& builder;

  absl::Status operator()(const ReplyReceived& reply) const {
    const std::optional<size_t> index = IndexOf(definition, reply.step);
    if (!index) {
      return absl::InvalidArgumentError(
          fmt::format("saga {} got a reply to step \"{}\", which {} version {} does not have",
                      saga.saga_id.value(), reply.step, definition.name, definition.version));
    }
    reply.compensation ? OnCompensationReply(builder, *index, reply)
                       : OnActionReply(builder, *index, reply);
    return absl::OkStatus();
  }

  absl::Status operator()(const TimerFired&) const {
    if (builder.ActOnDue()) {
      builder.Proceed();
    }
    return absl::OkStatus();
  }

  absl::Status operator()(const CancelRequested& cancel) const {
    if (builder.Direction() != SagaState::kRunning ||
        (!builder.PivotIs(StepState::kPending) && !IsPlanted(PlantedBug::kCancelAfterPivot))) {
      return absl::FailedPreconditionError(fmt::format(
          "saga {} can no longer be cancelled: it is {}{}", saga.saga_id.value(),
          ToString(saga.state),
          builder.PivotIs(StepState::kPending) ? "" : " and has begun its point of no return"));
    }
    builder.TurnBack(cancel.refusal);
    builder.Proceed();
    return absl::OkStatus();
  }

  absl::Status operator()(const RetryRequested&) const { return OnRetry(saga, builder); }
  absl::Status operator()(const StepSkipped& skipped) const {
    const std::optional<size_t> index = IndexOf(definition, skipped.step);
    if (!index) {
      return absl::InvalidArgumentError(fmt::format(
          "{} version {} has no step \"{}\"", definition.name, definition.version, skipped.step));
    }
    return OnSkip(definition, saga, *index, builder);
  }
  absl::Status operator()(const HoldRequested& request) const {
    return OnHold(saga, request.hold, builder);
  }
  absl::Status operator()(const HoldReleased& release) const {
    return OnRelease(saga, release.hold, builder);
  }
};

}  // namespace

Transition Engine::Start(const SagaDefinition& definition, SagaId saga_id, OrderId order_id,
                         const EngineContext& context) {
  const SagaInstance saga{.saga_id = std::move(saga_id),
                          .order_id = std::move(order_id),
                          .definition = definition.name,
                          .definition_version = definition.version,
                          .state = SagaState::kRunning,
                          .parked_from = SagaState::kRunning,
                          .hold = Hold::kNone,
                          .steps = std::vector<StepInstance>(definition.steps.size()),
                          .refusal = {}};
  TransitionBuilder builder(definition, saga, context);
  builder.Proceed();
  return std::move(builder).Build();
}

absl::StatusOr<Transition> Engine::Apply(const SagaDefinition& definition, const SagaInstance& saga,
                                         const Event& event, const EngineContext& context) {
  RETURN_IF_ERROR(CheckFits(definition, saga));
  TransitionBuilder builder(definition, saga, context);
  RETURN_IF_ERROR(std::visit(EventHandler{definition, saga, context, builder}, event));
  return std::move(builder).Build();
}

}  // namespace orderflow::saga
