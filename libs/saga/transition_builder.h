#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "libs/saga/engine.h"

namespace orderflow::saga {

// The moves that the engine's answers to events are made of: it holds the state as it becomes and
// the commands so far. Internal to libs/saga; a new one for each transition. Not threadsafe.
class TransitionBuilder {
 public:
  // The three must outlive the builder; `saga` must fit `definition`.
  TransitionBuilder(const SagaDefinition& definition, const SagaInstance& saga,
                    const EngineContext& context);

  // kRunning or kCompensating; of a parked saga what it was doing; else the terminal state.
  SagaState Direction() const;
  bool PivotIs(StepState state) const;
  bool IsPivot(size_t index) const { return definition_.steps[index].pivot; }
  const StepInstance& step(size_t index) const { return saga_.steps[index]; }

  // Sends the command (again, when it was sent before) and sets when to act if no reply comes. Of a
  // paused step it only sets when to look again.
  void Send(size_t index, bool compensation);
  // The command of this step got no useful answer: sends it again after backoff, or blocks the step
  // when it is out of attempts.
  void RetryLater(size_t index, bool compensation, const std::string& error);
  // No reply came in time: sends the command again, or blocks the step when it is out of attempts.
  void RetryNow(size_t index, bool compensation);
  // The step cannot go on by itself: without next_action_at it keeps the saga parked.
  void Block(size_t index, const std::string& error);
  void MarkUnknown(size_t index) { saga_.steps[index].state = StepState::kUnknown; }
  // Whether the saga waits for this step, and not for its first answer only: see engine.h.
  bool IsStuck(size_t index) const;
  // Sends the command of a stuck step again, as if for the first time.
  void StartAgain(size_t index);
  // Sends again, or blocks, what is due; nothing when the saga does not act by itself. Returns
  // whether anything was due.
  bool ActOnDue();
  void SetHold(Hold hold) { saga_.hold = hold; }
  // The step's command is answered for good.
  void Settle(size_t index, StepState state);
  // Turns the saga round: from now on it undoes what was done. `refusal` is its reason.
  void TurnBack(const std::string& refusal);
  void RecordRefusal(const std::string& refusal);

  // Does what follows: parks when a step is blocked or a person parked the saga, else resumes,
  // starts what has become possible, and ends the saga when nothing is left; a held saga only
  // stands still.
  void Proceed();

  // The result; `changed` says whether it differs from the saga at the beginning.
  Transition Build() &&;

 private:
  std::optional<Timestamp> PausedSince(size_t index) const;  // nothing: it is not paused
  const RetryPolicy& RetryOf(size_t index, bool compensation) const;
  bool IsBlocked(const StepInstance& step, SagaState direction) const;
  bool IsReady(size_t index) const;
  void GoForward();
  void GoBack();

  const SagaDefinition& definition_;
  const SagaInstance& before_;
  const EngineContext& context_;
  SagaInstance saga_;
  std::vector<Command> commands_;
};

}  // namespace orderflow::saga
