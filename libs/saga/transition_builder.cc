#include "libs/saga/transition_builder.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "fmt/format.h"
#include "libs/base/planted_bug.h"

namespace orderflow::saga {
namespace {

constexpr int kPauseParts = 4;  // looks at a paused step are one part of the pause apart

bool IsOpen(StepState state) {
  return state == StepState::kExecuting || state == StepState::kUnknown;
}

}  // namespace

Duration PausedStepInterval(Duration paused_for) {
  return std::clamp(paused_for / kPauseParts, kPausedStepIntervalMin, kPausedStepIntervalMax);
}

TransitionBuilder::TransitionBuilder(const SagaDefinition& definition, const SagaInstance& saga,
                                     const EngineContext& context)
    : definition_(definition), before_(saga), context_(context), saga_(saga) {}

SagaState TransitionBuilder::Direction() const {
  return saga_.state == SagaState::kNeedsAttention ? saga_.parked_from : saga_.state;
}

bool TransitionBuilder::PivotIs(StepState state) const {
  for (size_t i = 0; i < saga_.steps.size(); ++i) {
    if (definition_.steps[i].pivot) {
      return saga_.steps[i].state == state;
    }
  }
  return false;
}

void TransitionBuilder::Send(size_t index, bool compensation) {
  const StepDefinition& definition = definition_.steps[index];
  const RetryPolicy& retry = RetryOf(index, compensation);
  StepInstance& step = saga_.steps[index];
  if (const std::optional<Timestamp> since = PausedSince(index)) {
    const Duration interval = PausedStepInterval(context_.now - *since);
    step.next_action_at = context_.now + interval / 2 +
                          std::chrono::duration_cast<Duration>(context_.random01 * interval);
    return;
  }
  ++step.attempts;
  // A repeated command is given longer, and an uneven time, so that sagas which timed out together
  // do not come back together.
  const Duration extra = step.attempts > 1
                             ? BackoffDelay(retry.backoff, step.attempts - 1, context_.random01)
                             : Duration::zero();
  step.next_action_at = context_.now + retry.reply_timeout + extra;
  commands_.push_back({.step = definition.name,
                       .command = compensation ? definition.compensation : definition.command,
                       .compensation = compensation,
                       .attempt = step.attempts});
}

void TransitionBuilder::RetryLater(size_t index, bool compensation, const std::string& error) {
  const RetryPolicy& retry = RetryOf(index, compensation);
  StepInstance& step = saga_.steps[index];
  if (step.attempts >= retry.attempts_max) {
    Block(index, error);
    return;
  }
  step.last_error = error;
  step.next_action_at =
      context_.now + BackoffDelay(retry.backoff, step.attempts, context_.random01);
}

void TransitionBuilder::RetryNow(size_t index, bool compensation) {
  const RetryPolicy& retry = RetryOf(index, compensation);
  StepInstance& step = saga_.steps[index];
  if (step.attempts >= retry.attempts_max && !PausedSince(index)) {
    Block(index, step.last_error.empty() ? fmt::format("no reply after {} attempts", step.attempts)
                                         : step.last_error);
    return;
  }
  Send(index, compensation);
}

void TransitionBuilder::Block(size_t index, const std::string& error) {
  saga_.steps[index].next_action_at.reset();
  saga_.steps[index].last_error = error;
}

bool TransitionBuilder::IsStuck(size_t index) const {
  const StepInstance& step = saga_.steps[index];
  const bool tried = IsBlocked(step, Direction()) || step.attempts > 1 || !step.last_error.empty();
  if (Direction() == SagaState::kRunning) {
    return tried && (IsOpen(step.state) || step.state == StepState::kRefused);
  }
  return tried && Direction() == SagaState::kCompensating && step.state == StepState::kCompensating;
}

void TransitionBuilder::StartAgain(size_t index) {
  StepInstance& step = saga_.steps[index];
  if (step.state == StepState::kRefused) {
    step.state = StepState::kExecuting;
  }
  step.attempts = 0;
  step.last_error.clear();
  Send(index, step.state == StepState::kCompensating);
}

bool TransitionBuilder::ActOnDue() {
  if (!NextActionAt(saga_)) {
    return false;
  }
  bool any_due = false;
  for (size_t i = 0; i < saga_.steps.size(); ++i) {
    const std::optional<Timestamp> due = saga_.steps[i].next_action_at;
    if (due && *due <= context_.now) {
      RetryNow(i, saga_.steps[i].state == StepState::kCompensating);
      any_due = true;
    }
  }
  return any_due;
}

void TransitionBuilder::Settle(size_t index, StepState state) {
  saga_.steps[index].state = state;
  saga_.steps[index].next_action_at.reset();
  saga_.steps[index].last_error.clear();
}

void TransitionBuilder::TurnBack(const std::string& refusal) {
  saga_.state = SagaState::kCompensating;
  saga_.parked_from = SagaState::kRunning;
  if (!refusal.empty()) {
    saga_.refusal = refusal;  // also where a step was refused before without turning the saga round
  }
  for (StepInstance& step : saga_.steps) {
    if (step.state == StepState::kPending) {
      step.state = StepState::kSkipped;
    }
    // No action is sent again; its answer, if one comes, is still recorded.
    step.next_action_at.reset();
  }
}

void TransitionBuilder::RecordRefusal(const std::string& refusal) {
  if (saga_.refusal.empty()) {
    saga_.refusal = refusal;
  }
}

void TransitionBuilder::Proceed() {
  const SagaState direction = Direction();
  const bool blocked =
      saga_.hold == Hold::kParked ||
      std::any_of(saga_.steps.begin(), saga_.steps.end(),
                  [&](const StepInstance& step) { return IsBlocked(step, direction); });
  if (blocked) {
    saga_.parked_from = direction;
    saga_.state = SagaState::kNeedsAttention;
    return;
  }
  saga_.state = direction;
  saga_.parked_from = SagaState::kRunning;
  if (saga_.hold != Hold::kNone) {
    return;
  }
  if (direction == SagaState::kRunning) {
    GoForward();
  } else if (direction == SagaState::kCompensating) {
    GoBack();
  }
}

Transition TransitionBuilder::Build() && {
  const bool changed = !commands_.empty() || !(saga_ == before_);
  return {.saga = std::move(saga_), .commands = std::move(commands_), .changed = changed};
}

std::optional<Timestamp> TransitionBuilder::PausedSince(size_t index) const {
  if (context_.paused_steps == nullptr) {
    return std::nullopt;
  }
  const auto paused =
      context_.paused_steps->find({definition_.name, definition_.steps[index].name});
  return paused == context_.paused_steps->end() ? std::nullopt : std::optional(paused->second);
}

const RetryPolicy& TransitionBuilder::RetryOf(size_t index, bool compensation) const {
  const StepDefinition& step = definition_.steps[index];
  return compensation ? step.compensation_retry : step.retry;
}

// Running: out of attempts, or refused. A refusal before the pivot began has turned the saga round,
// so it is one after that. Compensating: out of attempts, or the compensation was refused.
bool TransitionBuilder::IsBlocked(const StepInstance& step, SagaState direction) const {
  if (direction == SagaState::kRunning) {
    return step.state == StepState::kRefused || (IsOpen(step.state) && !step.next_action_at);
  }
  return step.state == StepState::kCompensating && !step.next_action_at;
}

bool TransitionBuilder::IsReady(size_t index) const {
  if (saga_.steps[index].state != StepState::kPending) {
    return false;
  }
  const auto& after = definition_.steps[index].after;
  for (size_t i = 0; i < index; ++i) {
    const bool required =
        std::find(after.begin(), after.end(), definition_.steps[i].name) != after.end();
    if (required && saga_.steps[i].state != StepState::kDone &&
        !IsPlanted(PlantedBug::kPivotDoesNotWait)) {
      return false;
    }
  }
  return true;
}

void TransitionBuilder::GoForward() {
  bool all_done = true;
  for (size_t i = 0; i < saga_.steps.size(); ++i) {
    if (IsReady(i)) {
      saga_.steps[i].state = StepState::kExecuting;
      Send(i, false);
    }
    all_done = all_done && saga_.steps[i].state == StepState::kDone;
  }
  if (all_done) {
    saga_.state = SagaState::kCompleted;
    saga_.refusal.clear();  // of a step that was refused at first and done in the end
  }
}

// One compensation at a time, from the last step to the first.
void TransitionBuilder::GoBack() {
  for (size_t left = saga_.steps.size(); left-- > 0;) {
    const size_t i =
        IsPlanted(PlantedBug::kCompensationInWrongOrder) ? saga_.steps.size() - 1 - left : left;
    StepInstance& step = saga_.steps[i];
    if (step.state == StepState::kCompensating) {
      return;
    }
    if (step.state == StepState::kDone ||
        (IsOpen(step.state) && !IsPlanted(PlantedBug::kOpenStepNotCompensated))) {
      step.state = StepState::kCompensating;
      step.attempts = 0;
      step.last_error.clear();
      Send(i, true);
      return;
    }
  }
  saga_.state = SagaState::kCompensated;
}

}  // namespace orderflow::saga
