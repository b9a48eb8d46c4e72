#include "libs/saga/repair_events.h"

#include <string_view>

#include "fmt/format.h"

namespace orderflow::saga {
namespace {

absl::Status NotPossible(const SagaInstance& saga, std::string_view why) {
  return absl::FailedPreconditionError(fmt::format("saga {} {}", saga.saga_id.value(), why));
}

}  // namespace

absl::Status OnRetry(const SagaInstance& saga, TransitionBuilder& builder) {
  if (saga.hold != Hold::kNone) {
    return NotPossible(saga, fmt::format("is {}: release it first", ToString(saga.hold)));
  }
  bool any = false;
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    if (builder.IsStuck(i)) {
      builder.StartAgain(i);
      any = true;
    }
  }
  if (!any) {
    return NotPossible(
        saga, fmt::format("is {} and has no stuck step to try again", ToString(saga.state)));
  }
  builder.Proceed();
  return absl::OkStatus();
}

absl::Status OnSkip(const SagaDefinition& definition, const SagaInstance& saga, size_t index,
                    TransitionBuilder& builder) {
  if (!builder.IsStuck(index)) {
    return NotPossible(saga,
                       fmt::format("is {} and its step {} is {}: only a stuck step is skipped",
                                   ToString(saga.state), definition.steps[index].name,
                                   ToString(saga.steps[index].state)));
  }
  builder.Settle(index, saga.steps[index].state == StepState::kCompensating
                            ? StepState::kCompensated
                            : StepState::kDone);
  builder.Proceed();
  return absl::OkStatus();
}

absl::Status OnHold(const SagaInstance& saga, Hold hold, TransitionBuilder& builder) {
  if (IsTerminal(saga.state)) {
    return NotPossible(
        saga, fmt::format("has ended as {}: there is nothing to hold", ToString(saga.state)));
  }
  if (saga.hold != Hold::kNone) {
    return NotPossible(saga, fmt::format("is {} already", ToString(saga.hold)));
  }
  builder.SetHold(hold);
  builder.Proceed();
  return absl::OkStatus();
}

absl::Status OnRelease(const SagaInstance& saga, Hold hold, TransitionBuilder& builder) {
  if (saga.hold != hold) {
    return NotPossible(saga, fmt::format("is not {} by a person", ToString(hold)));
  }
  builder.SetHold(Hold::kNone);
  builder.Proceed();
  if (builder.ActOnDue()) {
    builder.Proceed();
  }
  return absl::OkStatus();
}

}  // namespace orderflow::saga
