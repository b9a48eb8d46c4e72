#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/base/clock.h"
#include "libs/base/strong_id.h"

namespace orderflow::saga {

enum class StepState {
  kPending,    // not started
  kExecuting,  // command is out
  kUnknown,    // the participant said it does not know yet
  kDone,
  kRefused,       // business refusal, nothing to undo
  kCompensating,  // compensation is out
  kCompensated,
  kSkipped,  // never started, not needed any more
};

enum class SagaState { kRunning, kCompensating, kCompleted, kCompensated, kNeedsAttention };

// Put on a saga by a person: it takes answers in, and starts and sends nothing until it is
// released.
enum class Hold {
  kNone,
  kPaused,  // on purpose; nobody needs to look at it
  kParked,  // somebody needs to look at it: the saga is kNeedsAttention
};

// One step of a running saga.
struct StepInstance {
  StepState state = StepState::kPending;
  int attempts = 0;                         // of the current command
  std::optional<Timestamp> next_action_at;  // acts by itself then: send again, or park
  std::string last_error;

  bool operator==(const StepInstance&) const = default;
};

// The whole state of one saga: what is stored in its row. Steps stand in the definition's order.
struct SagaInstance {
  SagaId saga_id;
  OrderId order_id;
  std::string definition;
  int definition_version = 1;
  SagaState state = SagaState::kRunning;
  SagaState parked_from = SagaState::kRunning;  // while kNeedsAttention: what it was doing
  Hold hold = Hold::kNone;
  std::vector<StepInstance> steps;
  std::string refusal;  // opaque to the engine: the first refusal's payload, for the order's reason

  bool operator==(const SagaInstance&) const = default;
};

bool IsTerminal(SagaState state);

// The earliest next_action_at of all steps; nothing when terminal, parked or held.
std::optional<Timestamp> NextActionAt(const SagaInstance& saga);

// Upper snake case names, as stored and shown ("EXECUTING", "NEEDS_ATTENTION"); Parse* return
// nothing for others.
std::string ToString(StepState state);
std::string ToString(SagaState state);
std::string ToString(Hold hold);
std::optional<StepState> ParseStepState(const std::string& text);
std::optional<SagaState> ParseSagaState(const std::string& text);
std::optional<Hold> ParseHold(const std::string& text);

}  // namespace orderflow::saga
