#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "libs/saga/engine.h"

namespace orderflow::simulation {

// What can become of one step of a saga at one event.
enum class StepMove {
  kStarted,
  kDone,
  kRefused,
  kFailed,            // answered FAILED: will be tried again
  kUnknown,           // answered UNKNOWN
  kAskedAgain,        // no answer in time: the command is sent again
  kOutOfAttempts,     // the saga parks because of it
  kLateAfterParking,  // answered after all: the saga resumes
  kAnsweredTwice,     // a reply that changes nothing: duplicate, or late
  kLateWhileTurned,   // the action is answered while the saga is being undone
  kSkipped,
  kUndoneWhenDone,   // the compensation is sent, the action was done
  kUndoneWhileOpen,  // the compensation is sent, the action's outcome was open
  kUndone,
  kUndoRefused,
  kUndoFailed,
  kUndoUnknown,
  kUndoAskedAgain,
  kUndoOutOfAttempts,
  kUndoLateAfterParking,
  kUndoAnsweredTwice,
  kCount,
};

// What can become of a saga as a whole at one event.
enum class SagaMove {
  kStarted,
  kCompleted,
  kTurnedBack,  // a step was refused
  kCancelled,   // by the customer or a person who repairs, before the pivot
  kCancelledWhileParked,
  kCompensated,
  kParked,
  kResumed,
  kHeld,         // by a person
  kReleased,     // by a person
  kTriedAgain,   // by a person
  kTakenAsDone,  // a stuck step, by a person
  kCount,
};

// How often each transition of each saga definition has happened. Those that no participant can
// cause (saga_coverage.cc says why) are not asked for; one that happens all the same is a
// violation. Not threadsafe.
class SagaCoverage {
 public:
  static constexpr size_t kStepsMax = 4;

  // What Observe must know of a saga before the event.
  struct Before {
    explicit Before(const saga::SagaInstance& saga);

    saga::SagaState state;
    saga::SagaState direction;  // of a parked saga: what it was doing
    std::array<saga::StepState, kStepsMax> steps{};
    std::array<int, kStepsMax> attempts{};
    std::array<bool, kStepsMax> is_blocked{};
  };

  // Each returns the name of a transition that cannot be and has happened; empty: none.
  std::string ObserveStart(const saga::SagaInstance& saga);
  std::string Observe(const Before& before, const saga::Event& event,
                      const saga::SagaInstance& after);

  void Add(const SagaCoverage& other);
  // "place_order.reserve_stock.done" and so on: what has happened, and what never, of what can.
  std::vector<std::string> Reached() const;
  std::vector<std::string> Missing() const;
  // One line each: name and count.
  std::string Report() const;

 private:
  static constexpr size_t kDefinitions = 2;
  static constexpr size_t kStepMoves = static_cast<size_t>(StepMove::kCount);
  static constexpr size_t kSagaMoves = static_cast<size_t>(SagaMove::kCount);

  void CountReply(size_t definition, const Before& before, const saga::ReplyReceived& reply);
  void CountStep(size_t definition, size_t step, const Before& before,
                 const saga::SagaInstance& after);
  void CountSaga(size_t definition, const Before& before, const saga::Event& event,
                 const saga::SagaInstance& after);
  void CountRepair(size_t definition, const saga::Event& event);
  void Count(size_t definition, size_t step, StepMove move);
  void Count(size_t definition, SagaMove move);
  template <class Visit>
  void ForEach(const Visit& visit) const;

  std::array<std::array<std::array<uint64_t, kStepMoves>, kStepsMax>, kDefinitions> steps_{};
  std::array<std::array<uint64_t, kSagaMoves>, kDefinitions> sagas_{};
  std::string impossible_;  // of this event
};

}  // namespace orderflow::simulation
