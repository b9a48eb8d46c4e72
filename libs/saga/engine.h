#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/saga/definition.h"
#include "libs/saga/instance.h"

namespace orderflow::saga {

// A participant's answer to one command.
enum class Outcome { kDone, kRefused, kFailed, kUnknown };

struct ReplyReceived {
  std::string step;
  bool compensation = false;
  Outcome outcome = Outcome::kDone;
  std::string refusal;  // payload kept in SagaInstance::refusal, for kRefused
  std::string error;    // for kFailed and kUnknown
};

// Time has passed; acts on every step whose next_action_at is due.
struct TimerFired {};

// The customer, or a person who repairs, wants out. Accepted while the pivot has not been started;
// the saga then compensates and `refusal` becomes its reason.
struct CancelRequested {
  std::string refusal;
};

// A person has every stuck step tried again now, with fresh attempts.
struct RetryRequested {};

// A person has proof that the participant did what this stuck step, or its compensation, asks for.
struct StepSkipped {
  std::string step;
};

// A person holds the saga, or lets go of it.
struct HoldRequested {
  Hold hold = Hold::kPaused;
};
struct HoldReleased {
  Hold hold = Hold::kPaused;
};

using Event = std::variant<ReplyReceived, TimerFired, CancelRequested, RetryRequested, StepSkipped,
                           HoldRequested, HoldReleased>;

// A command to be sent to a participant.
struct Command {
  std::string step;
  std::string command;  // StepDefinition::command or ::compensation
  bool compensation = false;
  int attempt = 1;

  bool operator==(const Command&) const = default;
};

// Steps that persons have paused in all sagas, and since when: the names of definition (of any
// version) and step.
using PausedSteps = std::map<std::pair<std::string, std::string>, Timestamp>;

// What the engine may know of the outside: handed in, so that it stays pure.
struct EngineContext {
  Timestamp now;
  double random01 = 0.5;  // spreads retries (full jitter), in [0, 1)
  std::shared_ptr<const PausedSteps> paused_steps = nullptr;  // null: none
};

struct Transition {
  SagaInstance saga;              // the new state
  std::vector<Command> commands;  // to be sent, in this order
  bool changed = false;  // false: the event was a duplicate, late or early; nothing to store
};

// How long after a look a paused step is looked at again: a quarter of the time for which it has
// been paused, within these bounds. The longer a pause, the more sagas wait; the looks at them must
// not keep the timers of others waiting.
inline constexpr Duration kPausedStepIntervalMin{std::chrono::seconds(30)};
inline constexpr Duration kPausedStepIntervalMax{std::chrono::minutes(10)};
Duration PausedStepInterval(Duration paused_for);

// The saga engine: (definition, state, event) -> (new state, commands). Pure: no I/O, no clock, no
// threads; the same code runs in production, in saga scripts and in the simulator.
//
//  * Start sends the commands of all steps without predecessors (in parallel).
//  * DONE starts every step whose predecessors are all DONE; all steps DONE: COMPLETED.
//  * REFUSED before the pivot has begun, or of the pivot itself: COMPENSATING. Steps not started
//    are SKIPPED. DONE steps are undone in reverse order of the definition, one after the other; a
//    step whose outcome is still open (EXECUTING, UNKNOWN) is undone too: its participant must cope
//    with a compensation that comes first (it leaves a tombstone). Nothing left: COMPENSATED.
//  * FAILED: the same command again after backoff. UNKNOWN, or no reply in time: the same command
//    again (a repeated command is a question: the participant answers what it knows), never taken
//    for a failure.
//  * Out of attempts: the saga parks as NEEDS_ATTENTION. The step keeps its state; the answers of
//    other steps are recorded and nothing new starts. A late DONE or REFUSED of the step resumes
//    it. A REFUSED that turns a saga round turns a parked one round all the same.
//  * Once the pivot has begun, the refusal of another step undoes nothing: the saga parks, until a
//    DONE of that step resumes it, or the pivot is REFUSED. A REFUSED compensation parks the same
//    way.
//  * A reply that does not fit the step's state (duplicate, late, for a compensated step) changes
//    nothing; so does a late answer to an action whose compensation is out (the compensation's own
//    reply decides). A repeated FAILED or UNKNOWN only draws the delay again.
//  * CancelRequested: kFailedPrecondition once the pivot has been started or when not RUNNING
//    (a parked saga that was running before the pivot can be cancelled).
//  * A step is stuck when it is what the saga waits for and has been sent more than once, was
//    answered with an error, or was refused where nothing can be undone. RetryRequested sends the
//    command of each stuck step again; StepSkipped takes one as DONE, as a late reply would.
//    kFailedPrecondition when there is none, and for a retry while the saga is held.
//  * Neither the command nor the compensation of a paused step is sent: the step waits as if it had
//    been, without an attempt, and looks again after PausedStepInterval, spread by half.
//  * A held saga records answers and customers' cancels; it sends nothing, ends nothing and has no
//    next action. HoldReleased acts at once on what has become due meanwhile. kFailedPrecondition
//    when terminal, already held, or not held in this way.
class Engine {
 public:
  // A new saga. `definition` must be free of lint errors.
  static Transition Start(const SagaDefinition& definition, SagaId saga_id, OrderId order_id,
                          const EngineContext& context);

  // kInternal: the instance does not fit the definition (steps, name or version). kInvalidArgument:
  // a reply to a step that the definition does not have. kFailedPrecondition: the event is not
  // possible now, and why; see above.
  static absl::StatusOr<Transition> Apply(const SagaDefinition& definition,
                                          const SagaInstance& saga, const Event& event,
                                          const EngineContext& context);

  // Moves a running saga to another version of its definition, and starts what has become possible.
  // What has begun keeps its state; steps that are new are PENDING, or SKIPPED when it is undone.
  // kFailedPrecondition, and why: it has ended, is of that version already, or a step that has
  // begun is gone, does something else (command, compensation, pivot), or would have had to wait
  // for one that is not DONE. kInternal: not a saga of `from`, or not of one name.
  static absl::StatusOr<Transition> Migrate(const SagaDefinition& from, const SagaDefinition& to,
                                            const SagaInstance& saga, const EngineContext& context);
};

}  // namespace orderflow::saga
