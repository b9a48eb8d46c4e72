// Proves the way back: refusals before and at the pivot, steps that are still open when the saga
// turns round, answers that come late, and compensations that do not succeed at once.

#include <gtest/gtest.h>

#include "libs/testing/saga_script.h"
#include "libs/testing/sample_saga.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::Done;
using ::orderflow::testing::Failed;
using ::orderflow::testing::Refused;
using ::orderflow::testing::SagaScript;
using ::orderflow::testing::SampleSaga;
using ::orderflow::testing::SampleSagaWithStepBesidePivot;
using ::orderflow::testing::ScriptReply;
using ::orderflow::testing::Unknown;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Compensation, UndoesWhatIsDoneAndSkipsTheRest) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Refused("declined"))
      .ExpectCompensations("Release")
      .ExpectAttempt(1)
      .ExpectState(SagaState::kCompensating)
      .ExpectNextActionIn(seconds(20))
      .ReplyToCompensation("reserve", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("declined")
      .ExpectStep("reserve", StepState::kCompensated)
      .ExpectStep("authorize", StepState::kRefused)
      .ExpectStep("capture", StepState::kSkipped)
      .ExpectStep("commit", StepState::kSkipped)
      .ExpectNoNextAction();
}

TEST(Compensation, RunsInReverseOrderOneAfterTheOther) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Done())
      .Reply("reserve", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Refused("expired card"))
      .ExpectCompensations("Void")
      .ExpectStep("capture", StepState::kRefused)
      .ExpectStep("reserve", StepState::kDone)
      .ReplyToCompensation("authorize", Done())
      .ExpectCompensations("Release")
      .ReplyToCompensation("reserve", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("expired card");
}

SagaScript& UntilPivot(SagaScript& script) {
  return script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture", "Commit");
}

TEST(Compensation, UndoesADoneStepBesideAPivotThatIsRefused) {
  SagaScript script(SampleSagaWithStepBesidePivot());

  UntilPivot(script)
      .Reply("commit", Done())
      .ExpectNothing()
      .Reply("capture", Refused("expired card"))
      .ExpectCompensations("Restock")
      .ReplyToCompensation("commit", Done())
      .ExpectCompensations("Void")
      .ReplyToCompensation("authorize", Done())
      .ExpectCompensations("Release")
      .ReplyToCompensation("reserve", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectStep("commit", StepState::kCompensated)
      .ExpectStep("invoice", StepState::kSkipped)
      .ExpectRefusal("expired card");
}

TEST(Compensation, UndoesAnOpenStepBesideAPivotThatIsRefused) {
  SagaScript script(SampleSagaWithStepBesidePivot());

  UntilPivot(script)
      .Reply("capture", Refused("expired card"))
      .ExpectCompensations("Restock")
      .Reply("commit", Done())
      .ExpectUnchanged()
      .ReplyToCompensation("commit", Done())
      .ExpectCompensations("Void");
}

TEST(Compensation, GoesForwardWhenAStepBesideThePivotIsRefusedUntilThePivotIs) {
  SagaScript back(SampleSagaWithStepBesidePivot());
  UntilPivot(back)
      .Reply("commit", Refused("no"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("capture", StepState::kExecuting)
      .Reply("capture", Refused("expired card"))
      .ExpectCompensations("Void")
      .ExpectStep("commit", StepState::kRefused)
      .ExpectRefusal("expired card");

  SagaScript forward(SampleSagaWithStepBesidePivot());
  UntilPivot(forward)
      .Reply("commit", Refused("no"))
      .ExpectNothing()
      .Reply("capture", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("commit", Done())
      .ExpectCommands("Invoice")
      .ExpectState(SagaState::kRunning);
}

TEST(Compensation, WaitsForAStepBesideThePivotThatFailsWhateverThePivotBecame) {
  SagaScript script(SampleSagaWithStepBesidePivot());

  UntilPivot(script)
      .Reply("capture", Done())
      .ExpectCommands("Invoice")
      .Reply("invoice", Done())
      .ExpectNothing()
      .Reply("commit", Failed("not yet"))
      .ExpectNothing()
      .ExpectState(SagaState::kRunning)
      .CancelIsRefused()
      .AdvanceTime(seconds(1))
      .ExpectCommands("Commit")
      .ExpectAttempt(2)
      .Reply("commit", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted);
}

TEST(Compensation, EndsAtOnceWhenNothingIsToBeUndone) {
  SagaDefinition definition = SampleSaga();
  definition.steps = {definition.steps[2]};
  definition.steps[0].after.clear();

  SagaScript(definition)
      .Start()
      .ExpectCommands("Capture")
      .CancelIsRefused()
      .Reply("capture", Refused("no"))
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("no");
}

TEST(Compensation, UndoesAParallelStepThatIsStillExecuting) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Refused("out of stock"))
      .ExpectCompensations("Void")
      .ExpectStep("authorize", StepState::kCompensating);
  // The answer to the action comes after its compensation went out: the compensation decides.
  for (const ScriptReply& late : {Done(), Refused("declined"), Failed("x"), Unknown("x")}) {
    script.Reply("authorize", late).ExpectUnchanged();
  }
  script.ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("out of stock");
  script.Reply("authorize", Done()).ExpectUnchanged();
}

TEST(Compensation, UndoesAStepOfUnknownOutcome) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Unknown("provider timed out"))
      .ExpectNothing()
      .ExpectStep("authorize", StepState::kUnknown)
      .Reply("reserve", Refused("out of stock"))
      .ExpectCompensations("Void")
      .ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated);
}

TEST(Compensation, RecordsAnswersOfOpenStepsWhoseTurnHasNotCome) {
  SagaScript done(SampleSaga());
  done.Start().ExpectCommands("Reserve", "Authorize").Cancel("c").ExpectCompensations("Void");
  done.Reply("reserve", Done()).ExpectNothing().ExpectStep("reserve", StepState::kDone);
  done.ReplyToCompensation("authorize", Done()).ExpectCompensations("Release");

  SagaScript refused(SampleSaga());
  refused.Start().ExpectCommands("Reserve", "Authorize").Cancel("c").ExpectCompensations("Void");
  refused.Reply("reserve", Refused("out of stock"))
      .ExpectNothing()
      .ExpectStep("reserve", StepState::kRefused);
  refused.ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("c");
}

TEST(Compensation, DoesNotRetryTheActionOfAnOpenStep) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Cancel("c").ExpectCompensations("Void");

  script.Reply("reserve", Failed("database is down")).ExpectUnchanged();
  script.Reply("reserve", Unknown("x")).ExpectUnchanged();
  script.AdvanceTime(seconds(19)).ExpectUnchanged();
  script.AdvanceTime(seconds(1)).ExpectCompensations("Void").ExpectAttempt(2);
  script.ReplyToCompensation("authorize", Done()).ExpectCompensations("Release").ExpectAttempt(1);
}

TEST(Compensation, IgnoresRepliesToSkippedSteps) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Cancel("c").ExpectCompensations("Void");

  for (const ScriptReply& reply : {Done(), Refused("x"), Failed("x"), Unknown("x")}) {
    script.Reply("capture", reply).ExpectUnchanged();
    script.ReplyToCompensation("capture", reply).ExpectUnchanged();
    script.ReplyToCompensation("reserve", reply).ExpectUnchanged();
  }
}

TEST(Compensation, IsRepeatedAfterFailureAndUnknown) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Refused("out of stock"))
      .ExpectCompensations("Void")
      .ReplyToCompensation("authorize", Failed("provider is down"))
      .ExpectNothing()
      .ExpectLastError("authorize", "provider is down")
      .ExpectStep("authorize", StepState::kCompensating)
      .ExpectNextActionIn(milliseconds(100))
      .AdvanceTime(milliseconds(100))
      .ExpectCompensations("Void")
      .ExpectAttempt(2)
      .ReplyToCompensation("authorize", Unknown("provider timed out"))
      .ExpectStep("authorize", StepState::kCompensating)
      .ExpectNextActionIn(milliseconds(200))
      .AdvanceTime(milliseconds(200))
      .ExpectCompensations("Void")
      .ExpectAttempt(3)
      .ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectLastError("authorize", "");
}

TEST(Compensation, ParksOutOfAttemptsAndResumesByALateReply) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Cancel("c")
      .ExpectCompensations("Void")
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("authorize", StepState::kCompensating)
      .ExpectLastError("authorize", "no reply after 4 attempts")
      .ExpectNoNextAction()
      .CancelIsRefused();
  EXPECT_EQ(script.instance().parked_from, SagaState::kCompensating);

  script.Reply("authorize", Done()).ExpectUnchanged();
  script.ReplyToCompensation("authorize", Done())
      .ExpectCompensations("Release")
      .ExpectState(SagaState::kCompensating);
  script.ReplyToCompensation("reserve", Done()).ExpectState(SagaState::kCompensated);
}

TEST(Compensation, ParksWhenRefused) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Cancel("c")
      .ExpectCompensations("Void")
      .ReplyToCompensation("authorize", Refused("already captured"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectLastError("authorize", "the compensation was refused: no reason was given")
      .ExpectRefusal("c");
  script.ReplyToCompensation("authorize", Refused("again")).ExpectUnchanged();
  script.ReplyToCompensation("authorize", Done()).ExpectCompensations("Release");
}

TEST(Compensation, RecordsOtherStepsWhileParked) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Cancel("c")
      .ExpectCompensations("Void")
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("reserve", Refused("out of stock"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ReplyToCompensation("authorize", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated);
}

}  // namespace
}  // namespace orderflow::saga
