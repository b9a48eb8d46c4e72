// Proves what a person may do to a saga and what then happens: trying again, skipping a step,
// turning it round, holding it and letting go. What is not possible is refused and changes nothing.

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
using ::orderflow::testing::Unknown;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Parked with "authorize" out of attempts.
void ParkAtAuthorize(SagaScript& script) {
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .ExpectNothing()
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention);
}

TEST(Retry, SendsTheStuckCommandOfAParkedSagaAgainWithFreshAttempts) {
  SagaScript script(SampleSaga());
  ParkAtAuthorize(script);

  script.Retry()
      .ExpectCommands("Authorize")
      .ExpectAttempt(1)
      .ExpectState(SagaState::kRunning)
      .ExpectLastError("authorize", "")
      .ExpectNextActionIn(seconds(10))
      .Reply("authorize", Done())
      .ExpectCommands("Capture");
}

TEST(Retry, DoesNotWaitForTheBackoff) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Failed("no database"))
      .ExpectNextActionIn(milliseconds(50))
      .Retry()
      .ExpectCommands("Reserve")
      .ExpectAttempt(1);
}

TEST(Retry, AsksAgainAboutAnUnknownOutcomeWhichStaysUnknown) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Unknown("the provider timed out"))
      .ExpectNothing()
      .Retry()
      .ExpectCommands("Authorize")
      .ExpectStep("authorize", StepState::kUnknown);
}

TEST(Retry, AsksAgainForAStepThatWasRefusedAfterThePivot) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .Reply("invoice", Done())
      .Reply("commit", Refused("gone"))
      .ExpectState(SagaState::kNeedsAttention)
      .Retry()
      .ExpectCommands("Commit")
      .ExpectState(SagaState::kRunning)
      .Reply("commit", Refused("gone"))
      .ExpectState(SagaState::kNeedsAttention)
      .Retry()
      .ExpectCommands("Commit")
      .Reply("commit", Done())
      .ExpectState(SagaState::kCompleted);
}

TEST(Retry, SendsAStuckCompensationAgain) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Refused("declined"))
      .ExpectCompensations("Release")
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .Retry()
      .ExpectCompensations("Release")
      .ExpectAttempt(1)
      .ExpectState(SagaState::kCompensating)
      .ReplyToCompensation("reserve", Done())
      .ExpectState(SagaState::kCompensated);
}

TEST(Retry, IsRefusedWhileEveryCommandWaitsForItsFirstAnswer) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .ExpectRefused(RetryRequested{});
}

TEST(Skip, TakesAStuckStepAsDoneLikeALateReply) {
  SagaScript script(SampleSaga());
  ParkAtAuthorize(script);

  script.Skip("authorize")
      .ExpectCommands("Capture")
      .ExpectStep("authorize", StepState::kDone)
      .ExpectState(SagaState::kRunning);
}

TEST(Skip, TakesAStuckCompensationAsDone) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Refused("declined"))
      .ExpectCompensations("Release")
      .ReplyToCompensation("reserve", Refused("never heard of it"))
      .ExpectState(SagaState::kNeedsAttention)
      .Skip("reserve")
      .ExpectNothing()
      .ExpectStep("reserve", StepState::kCompensated)
      .ExpectState(SagaState::kCompensated);
}

TEST(Skip, IsRefusedForAStepThatIsNotStuck) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .ExpectRefused(StepSkipped{"reserve"})
      .ExpectRefused(StepSkipped{"capture"})
      .Reply("reserve", Done())
      .ExpectRefused(StepSkipped{"reserve"});
}

TEST(Pause, TakesAnswersInAndSendsNothingUntilItIsResumed) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Pause()
      .ExpectNothing()
      .ExpectState(SagaState::kRunning)
      .ExpectNoNextAction()
      .Reply("reserve", Done())
      .ExpectNothing()
      .Reply("authorize", Done())
      .ExpectNothing()
      .AdvanceTime(hours(1))
      .ExpectUnchanged()
      .Resume()
      .ExpectCommands("Capture");
}

TEST(Pause, ResumingActsAtOnceOnWhatBecameDueMeanwhile) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Pause()
      .ExpectNothing()
      .AdvanceTime(hours(1))
      .ExpectUnchanged()
      .Resume()
      .ExpectCommands("Authorize")
      .ExpectAttempt(2);
}

TEST(Pause, DoesNotEndASaga) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .Reply("commit", Done())
      .Pause()
      .Reply("invoice", Done())
      .ExpectState(SagaState::kRunning)
      .Resume()
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted);
}

TEST(Pause, ARefusalOrACancelTurnsAPausedSagaRoundAndItUndoesAfterwards) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Pause()
      .Reply("authorize", Refused("declined"))
      .ExpectNothing()
      .ExpectState(SagaState::kCompensating)
      .ExpectNoNextAction()
      .Resume()
      .ExpectCompensations("Release");

  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Pause()
      .Cancel("changed my mind")
      .ExpectNothing()
      .ExpectState(SagaState::kCompensating)
      .Resume()
      .ExpectCompensations("Void");
}

TEST(Pause, IsRefusedTwiceAndForAFinishedSagaAndSoIsResumingWhatIsNotPaused) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .ExpectRefused(HoldReleased{Hold::kPaused})
      .Pause()
      .ExpectRefused(HoldRequested{Hold::kPaused})
      .ExpectRefused(HoldRequested{Hold::kParked})
      .ExpectRefused(HoldReleased{Hold::kParked})
      .ExpectRefused(RetryRequested{})
      .Resume()
      .ExpectNothing()
      .Reply("reserve", Refused("out of stock"))
      .ExpectCompensations("Void")
      .ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectRefused(HoldRequested{Hold::kPaused})
      .ExpectRefused(RetryRequested{})
      .ExpectRefused(StepSkipped{"reserve"});
}

TEST(Park, ASagaParkedByAPersonIsNotResumedByAnAnswer) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Park()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectNoNextAction()
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .Unpark()
      .ExpectCommands("Capture")
      .ExpectState(SagaState::kRunning);
}

TEST(Park, UnparkingLeavesASagaParkedThatIsOutOfAttempts) {
  SagaScript script(SampleSaga());
  ParkAtAuthorize(script);

  script.ExpectRefused(HoldReleased{Hold::kParked})
      .Park()
      .Unpark()
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .Retry()
      .ExpectCommands("Authorize");
}

TEST(Park, ACancelTurnsAParkedSagaRoundWhichStaysParked) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Park()
      .Cancel("changed my mind")
      .ExpectState(SagaState::kNeedsAttention)
      .Unpark()
      .ExpectCompensations("Void")
      .ExpectState(SagaState::kCompensating);
}

}  // namespace
}  // namespace orderflow::saga
