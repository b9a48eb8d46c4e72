#include "tests/simulation/saga_coverage.h"

#include <algorithm>
#include <initializer_list>
#include <utility>
#include <variant>

#include "fmt/format.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/place_order_saga.h"

namespace orderflow::simulation {
namespace {

using saga::Outcome;
using saga::SagaState;
using saga::StepState;

// In the order of the enumerations.
constexpr std::array kStepMoveNames{"started",
                                    "done",
                                    "refused",
                                    "failed",
                                    "unknown",
                                    "asked_again",
                                    "out_of_attempts",
                                    "late_after_parking",
                                    "answered_twice",
                                    "late_while_turned",
                                    "skipped",
                                    "undone_when_done",
                                    "undone_while_open",
                                    "undone",
                                    "undo_refused",
                                    "undo_failed",
                                    "undo_unknown",
                                    "undo_asked_again",
                                    "undo_out_of_attempts",
                                    "undo_late_after_parking",
                                    "undo_answered_twice"};
constexpr std::array kSagaMoveNames{
    "started",     "completed",    "turned_back", "cancelled", "cancelled_while_parked",
    "compensated", "parked",       "resumed",     "held",      "released",
    "tried_again", "taken_as_done"};
static_assert(kStepMoveNames.size() == static_cast<size_t>(StepMove::kCount));
static_assert(kSagaMoveNames.size() == static_cast<size_t>(SagaMove::kCount));

using Moves = std::array<bool, static_cast<size_t>(StepMove::kCount)>;

constexpr void Add(Moves& moves, std::initializer_list<StepMove> more) {
  for (const StepMove move : more) {
    moves[static_cast<size_t>(move)] = true;
  }
}

// A command, its answers, and silence.
constexpr Moves ForwardMoves(std::initializer_list<StepMove> more) {
  Moves moves{};
  Add(moves, {StepMove::kStarted, StepMove::kDone, StepMove::kAskedAgain, StepMove::kOutOfAttempts,
              StepMove::kLateAfterParking, StepMove::kAnsweredTwice});
  Add(moves, more);
  return moves;
}

constexpr Moves MovesWithCompensation(std::initializer_list<StepMove> more) {
  Moves moves = ForwardMoves(more);
  Add(moves, {StepMove::kUndoneWhenDone, StepMove::kUndoneWhileOpen, StepMove::kUndone,
              StepMove::kUndoAskedAgain, StepMove::kUndoOutOfAttempts,
              StepMove::kUndoLateAfterParking, StepMove::kUndoAnsweredTwice});
  return moves;
}

// What can happen to the steps of the definitions that new sagas begin with. Missing are: UNKNOWN
// from inventory, which decides in its own transaction; FAILED, but for the commit of an expired
// reservation whose pieces are gone, since no command is sent before those that it builds on are
// done; refusals beside and after the pivot and of compensations, since participants refuse only
// what was never done; skipping of steps that start at once, and in cancel_order, which has no way
// back. An authorization or a commit is answered while its saga is being undone only when a person
// holds the saga: else its compensation goes first and decides.
constexpr std::array<std::array<Moves, SagaCoverage::kStepsMax>, 2> kPossible{
    {{MovesWithCompensation({StepMove::kRefused, StepMove::kLateWhileTurned}),
      MovesWithCompensation({StepMove::kRefused, StepMove::kUnknown, StepMove::kUndoUnknown,
                             StepMove::kLateWhileTurned}),
      ForwardMoves({StepMove::kUnknown, StepMove::kRefused, StepMove::kSkipped}),
      MovesWithCompensation({StepMove::kFailed, StepMove::kSkipped, StepMove::kLateWhileTurned})},
     {ForwardMoves({StepMove::kUnknown}), ForwardMoves({}), Moves{}, Moves{}}}};

bool IsPossible(size_t definition, SagaMove move) {
  const bool is_cancel_order = definition == 1;
  const bool leads_back = move == SagaMove::kTurnedBack || move == SagaMove::kCancelled ||
                          move == SagaMove::kCancelledWhileParked || move == SagaMove::kCompensated;
  return !is_cancel_order || !leads_back;
}

const saga::SagaDefinition& Definition(size_t index) {
  return index == 0 ? order::PlaceOrderSaga() : order::CancelOrderSaga();
}

size_t IndexOf(const saga::SagaInstance& saga) {
  return saga.definition == Definition(0).name ? 0 : 1;
}

std::string NameOf(size_t definition, SagaMove move) {
  return fmt::format("{}.{}", Definition(definition).name,
                     kSagaMoveNames[static_cast<size_t>(move)]);
}

std::string NameOf(size_t definition, size_t step, StepMove move) {
  return fmt::format("{}.{}.{}", Definition(definition).name,
                     Definition(definition).steps[step].name,
                     kStepMoveNames[static_cast<size_t>(move)]);
}

bool AwaitsReply(StepState state) {
  return state == StepState::kExecuting || state == StepState::kUnknown;
}

SagaState DirectionOf(const saga::SagaInstance& saga) {
  return saga.state == SagaState::kNeedsAttention ? saga.parked_from : saga.state;
}

bool IsBlocked(const saga::SagaInstance& saga, const saga::StepInstance& step) {
  return saga.state == SagaState::kNeedsAttention && !step.next_action_at &&
         (saga.parked_from == SagaState::kRunning ? AwaitsReply(step.state)
                                                  : step.state == StepState::kCompensating);
}

StepMove MoveOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return StepMove::kDone;
    case Outcome::kRefused:
      return StepMove::kRefused;
    case Outcome::kFailed:
      return StepMove::kFailed;
    case Outcome::kUnknown:
      break;
  }
  return StepMove::kUnknown;
}

StepMove UndoMoveOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return StepMove::kUndone;
    case Outcome::kRefused:
      return StepMove::kUndoRefused;
    case Outcome::kFailed:
      return StepMove::kUndoFailed;
    case Outcome::kUnknown:
      break;
  }
  return StepMove::kUndoUnknown;
}

}  // namespace

SagaCoverage::Before::Before(const saga::SagaInstance& saga)
    : state(saga.state), direction(DirectionOf(saga)) {
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    steps[i] = saga.steps[i].state;
    attempts[i] = saga.steps[i].attempts;
    is_blocked[i] = IsBlocked(saga, saga.steps[i]);
  }
}

std::string SagaCoverage::ObserveStart(const saga::SagaInstance& saga) {
  const size_t definition = IndexOf(saga);
  Count(definition, SagaMove::kStarted);
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    if (saga.steps[i].state == StepState::kExecuting) {
      Count(definition, i, StepMove::kStarted);
    }
  }
  return std::exchange(impossible_, {});
}

std::string SagaCoverage::Observe(const Before& before, const saga::Event& event,
                                  const saga::SagaInstance& after) {
  const size_t definition = IndexOf(after);
  if (const auto* reply = std::get_if<saga::ReplyReceived>(&event)) {
    CountReply(definition, before, *reply);
  }
  for (size_t i = 0; i < after.steps.size(); ++i) {
    CountStep(definition, i, before, after);
  }
  CountSaga(definition, before, event, after);
  CountRepair(definition, event);
  return std::exchange(impossible_, {});
}

void SagaCoverage::CountReply(size_t definition, const Before& before,
                              const saga::ReplyReceived& reply) {
  const auto& steps = Definition(definition).steps;
  const auto found = std::find_if(steps.begin(), steps.end(), [&](const auto& candidate) {
    return candidate.name == reply.step;
  });
  const auto step = static_cast<size_t>(found - steps.begin());
  const bool decides = reply.outcome == Outcome::kDone || reply.outcome == Outcome::kRefused;
  if (reply.compensation) {
    const bool awaited = before.steps[step] == StepState::kCompensating;
    Count(definition, step, awaited ? UndoMoveOf(reply.outcome) : StepMove::kUndoAnsweredTwice);
    if (before.is_blocked[step] && decides) {
      Count(definition, step, StepMove::kUndoLateAfterParking);
    }
    return;
  }
  if (!AwaitsReply(before.steps[step])) {
    Count(definition, step, StepMove::kAnsweredTwice);
    return;
  }
  const bool running = before.direction == SagaState::kRunning;
  Count(definition, step, running ? MoveOf(reply.outcome) : StepMove::kLateWhileTurned);
  if (before.is_blocked[step] && decides) {
    Count(definition, step, StepMove::kLateAfterParking);
  }
}

void SagaCoverage::CountStep(size_t definition, size_t step, const Before& before,
                             const saga::SagaInstance& after) {
  const StepState was = before.steps[step];
  const saga::StepInstance& now = after.steps[step];
  if (was == StepState::kPending && now.state == StepState::kExecuting) {
    Count(definition, step, StepMove::kStarted);
  } else if (was == StepState::kPending && now.state == StepState::kSkipped) {
    Count(definition, step, StepMove::kSkipped);
  } else if (was != StepState::kCompensating && now.state == StepState::kCompensating) {
    Count(definition, step,
          AwaitsReply(was) ? StepMove::kUndoneWhileOpen : StepMove::kUndoneWhenDone);
  } else if (was == now.state && now.attempts > before.attempts[step]) {
    Count(definition, step,
          was == StepState::kCompensating ? StepMove::kUndoAskedAgain : StepMove::kAskedAgain);
  }
  if (!before.is_blocked[step] && IsBlocked(after, now)) {
    Count(definition, step,
          now.state == StepState::kCompensating ? StepMove::kUndoOutOfAttempts
                                                : StepMove::kOutOfAttempts);
  }
}

void SagaCoverage::CountRepair(size_t definition, const saga::Event& event) {
  if (std::holds_alternative<saga::HoldRequested>(event)) {
    Count(definition, SagaMove::kHeld);
  } else if (std::holds_alternative<saga::HoldReleased>(event)) {
    Count(definition, SagaMove::kReleased);
  } else if (std::holds_alternative<saga::RetryRequested>(event)) {
    Count(definition, SagaMove::kTriedAgain);
  } else if (std::holds_alternative<saga::StepSkipped>(event)) {
    Count(definition, SagaMove::kTakenAsDone);
  }
}

void SagaCoverage::CountSaga(size_t definition, const Before& before, const saga::Event& event,
                             const saga::SagaInstance& after) {
  const bool cancelled = std::holds_alternative<saga::CancelRequested>(event);
  const bool was_parked = before.state == SagaState::kNeedsAttention;
  const bool is_parked = after.state == SagaState::kNeedsAttention;
  if (before.direction == SagaState::kRunning && DirectionOf(after) == SagaState::kCompensating) {
    Count(definition, !cancelled   ? SagaMove::kTurnedBack
                      : was_parked ? SagaMove::kCancelledWhileParked
                                   : SagaMove::kCancelled);
  }
  if (was_parked != is_parked) {
    Count(definition, is_parked ? SagaMove::kParked : SagaMove::kResumed);
  }
  if (before.state != after.state && after.state == SagaState::kCompleted) {
    Count(definition, SagaMove::kCompleted);
  } else if (before.state != after.state && after.state == SagaState::kCompensated) {
    Count(definition, SagaMove::kCompensated);
  }
}

void SagaCoverage::Count(size_t definition, size_t step, StepMove move) {
  const auto index = static_cast<size_t>(move);
  ++steps_[definition][step][index];
  if (!kPossible[definition][step][index]) {
    impossible_ = NameOf(definition, step, move);
  }
}

void SagaCoverage::Count(size_t definition, SagaMove move) {
  ++sagas_[definition][static_cast<size_t>(move)];
  if (!IsPossible(definition, move)) {
    impossible_ = NameOf(definition, move);
  }
}

void SagaCoverage::Add(const SagaCoverage& other) {
  for (size_t definition = 0; definition < kDefinitions; ++definition) {
    for (size_t move = 0; move < kSagaMoves; ++move) {
      sagas_[definition][move] += other.sagas_[definition][move];
    }
    for (size_t step = 0; step < kStepsMax; ++step) {
      for (size_t move = 0; move < kStepMoves; ++move) {
        steps_[definition][step][move] += other.steps_[definition][step][move];
      }
    }
  }
}

// Visits name and count of every transition that can be.
template <class Visit>
void SagaCoverage::ForEach(const Visit& visit) const {
  for (size_t definition = 0; definition < kDefinitions; ++definition) {
    for (size_t move = 0; move < kSagaMoves; ++move) {
      if (IsPossible(definition, static_cast<SagaMove>(move))) {
        visit(NameOf(definition, static_cast<SagaMove>(move)), sagas_[definition][move]);
      }
    }
    for (size_t step = 0; step < kStepsMax; ++step) {
      for (size_t move = 0; move < kStepMoves; ++move) {
        if (kPossible[definition][step][move]) {
          visit(NameOf(definition, step, static_cast<StepMove>(move)),
                steps_[definition][step][move]);
        }
      }
    }
  }
}

std::vector<std::string> SagaCoverage::Reached() const {
  std::vector<std::string> reached;
  ForEach([&](std::string name, uint64_t count) {
    if (count > 0) {
      reached.push_back(std::move(name));
    }
  });
  return reached;
}

std::vector<std::string> SagaCoverage::Missing() const {
  std::vector<std::string> missing;
  ForEach([&](std::string name, uint64_t count) {
    if (count == 0) {
      missing.push_back(std::move(name));
    }
  });
  return missing;
}

std::string SagaCoverage::Report() const {
  std::string report;
  ForEach([&](const std::string& name, uint64_t count) {
    report += fmt::format("  {:56} {:>12}\n", name, count);
  });
  return report;
}

}  // namespace orderflow::simulation
