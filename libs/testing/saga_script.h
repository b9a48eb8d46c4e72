#pragma once

#include <string>
#include <utility>
#include <vector>

#include "libs/base/clock.h"
#include "libs/saga/definition.h"
#include "libs/saga/engine.h"
#include "libs/saga/instance.h"

namespace orderflow::testing {

// What a participant answers in a script.
struct ScriptReply {
  saga::Outcome outcome = saga::Outcome::kDone;
  std::string refusal;
  std::string error;
};

inline ScriptReply Done() { return {}; }
inline ScriptReply Refused(std::string refusal) {
  return {saga::Outcome::kRefused, std::move(refusal), {}};
}
inline ScriptReply Failed(std::string error) {
  return {saga::Outcome::kFailed, {}, std::move(error)};
}
inline ScriptReply Unknown(std::string error) {
  return {saga::Outcome::kUnknown, {}, std::move(error)};
}

// Runs a saga through the production engine, so that its test reads like its specification:
//
//   SagaScript(PlaceOrder())
//       .Start()
//       .ExpectCommands("ReserveStock", "AuthorizePayment")
//       .Reply("reserve_stock", Done())
//       .ExpectNothing()
//       .Reply("authorize_payment", Refused("insufficient_funds"))
//       .ExpectCompensations("ReleaseStock")
//       .ReplyToCompensation("reserve_stock", Done())
//       .ExpectState(SagaState::kCompensated);
//
// Strict: the commands of each event must be expected, all of them and in order, before the next
// event; a forgotten one fails the test. A failure prints the script up to the line that failed.
// Time stands still except in AdvanceTime and RunOutOfTime. Not threadsafe.
class SagaScript {
 public:
  // Fails the test when the definition has lint errors.
  explicit SagaScript(saga::SagaDefinition definition);
  ~SagaScript();
  SagaScript(const SagaScript&) = delete;
  SagaScript& operator=(const SagaScript&) = delete;

  // Events.
  SagaScript& Start();
  SagaScript& Reply(const std::string& step, const ScriptReply& reply);
  SagaScript& ReplyToCompensation(const std::string& step, const ScriptReply& reply);
  // Moves time and then fires the timer once, as an orchestrator does that comes by so late.
  SagaScript& AdvanceTime(Duration by);
  // Fires each timer when it is due until the saga has no next action. Its commands count as
  // expected.
  SagaScript& RunOutOfTime();
  // The customer cancels, and may.
  SagaScript& Cancel(const std::string& refusal);
  // The customer cancels, and may not: kFailedPrecondition, nothing changes.
  SagaScript& CancelIsRefused();
  // A person repairs, and may.
  SagaScript& Retry();
  SagaScript& Skip(const std::string& step);
  SagaScript& Pause();
  SagaScript& Resume();
  SagaScript& Park();
  SagaScript& Unpark();
  // A person pauses a step in all sagas from now on, or lets it go on.
  SagaScript& PauseStep(const std::string& step);
  SagaScript& ResumeStep(const std::string& step);
  // What a person asks for is not possible: kFailedPrecondition, nothing changes.
  SagaScript& ExpectRefused(const saga::Event& event);
  // Spread of the delays that follow, in [0, 1); 0.5 at first.
  SagaScript& WithRandom(double random01);

  // Expectations about the latest event.
  template <class... Names>
  SagaScript& ExpectCommands(const Names&... names) {
    return ExpectSent({std::string(names)...}, false);
  }
  template <class... Names>
  SagaScript& ExpectCompensations(const Names&... names) {
    return ExpectSent({std::string(names)...}, true);
  }
  // It sent no command; the state may have changed.
  SagaScript& ExpectNothing();
  // It sent no command and changed nothing at all.
  SagaScript& ExpectUnchanged();
  // The commands just expected were sent for the n-th time.
  SagaScript& ExpectAttempt(int attempt);

  // Expectations about the state.
  SagaScript& ExpectState(saga::SagaState state);
  SagaScript& ExpectStep(const std::string& step, saga::StepState state);
  SagaScript& ExpectRefusal(const std::string& refusal);
  SagaScript& ExpectLastError(const std::string& step, const std::string& error);
  // The saga acts by itself after so long from now.
  SagaScript& ExpectNextActionIn(Duration delay);
  SagaScript& ExpectNoNextAction();

  const saga::SagaInstance& instance() const { return saga_; }

 private:
  SagaScript& Do(const std::string& line, const saga::Event& event);
  SagaScript& ExpectSent(const std::vector<std::string>& names, bool compensation);
  void BeginEvent(const std::string& line);
  void Apply(const saga::Event& event);
  void Adopt(saga::Transition transition);
  void CheckAllExpected();
  const saga::StepInstance* FindStep(const std::string& step);
  void Fail(const std::string& what) const;

  const saga::SagaDefinition definition_;
  saga::EngineContext context_;
  saga::SagaInstance saga_;
  std::vector<saga::Command> sent_;      // by the latest event, not expected yet
  std::vector<saga::Command> expected_;  // by the latest event, expected
  bool changed_ = false;                 // by the latest event
  std::vector<std::string> lines_;       // the script so far
};

}  // namespace orderflow::testing
