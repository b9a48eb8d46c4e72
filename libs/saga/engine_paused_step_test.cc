// Proves what a step that a person has paused in all sagas does: nothing is sent of it, nothing is
// lost, and it goes on by itself once it is resumed.

#include <gtest/gtest.h>

#include "libs/testing/saga_script.h"
#include "libs/testing/sample_saga.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::Done;
using ::orderflow::testing::Refused;
using ::orderflow::testing::SagaScript;
using ::orderflow::testing::SampleSaga;
using std::chrono::hours;
using std::chrono::seconds;

TEST(PausedStep, ItsCommandWaitsAndTheOthersGoOut) {
  SagaScript(SampleSaga())
      .PauseStep("authorize")
      .Start()
      .ExpectCommands("Reserve")
      .ExpectStep("authorize", StepState::kExecuting)
      .Reply("reserve", Done())
      .ExpectNothing()
      .ExpectNextActionIn(kPausedStepInterval)
      .ExpectState(SagaState::kRunning);
}

TEST(PausedStep, IsSentForTheFirstTimeOnceItIsResumed) {
  SagaScript(SampleSaga())
      .PauseStep("authorize")
      .Start()
      .ExpectCommands("Reserve")
      .Reply("reserve", Done())
      .AdvanceTime(kPausedStepInterval)
      .ExpectNothing()
      .ResumeStep("authorize")
      .AdvanceTime(kPausedStepInterval)
      .ExpectCommands("Authorize")
      .ExpectAttempt(1)
      .Reply("authorize", Done())
      .ExpectCommands("Capture");
}

TEST(PausedStep, NeverRunsOutOfAttemptsHoweverLongItIsPaused) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Reply("reserve", Done());
  script.PauseStep("authorize");
  for (int i = 0; i < 1000; ++i) {
    script.AdvanceTime(hours(1)).ExpectNothing();
  }
  script.ExpectState(SagaState::kRunning)
      .ResumeStep("authorize")
      .AdvanceTime(hours(1))
      .ExpectCommands("Authorize")
      .ExpectAttempt(2);
}

TEST(PausedStep, AnAnswerToWhatWasSentBeforeStillCounts) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .PauseStep("authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture");
}

TEST(PausedStep, ItsCompensationWaitsToo) {
  SagaScript(SampleSaga())
      .PauseStep("authorize")
      .Start()
      .ExpectCommands("Reserve")
      .Reply("reserve", Refused("out of stock"))
      .ExpectNothing()
      .ExpectStep("authorize", StepState::kCompensating)
      .ResumeStep("authorize")
      .AdvanceTime(kPausedStepInterval)
      .ExpectCompensations("Void")
      .ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated);
}

TEST(PausedStep, ARetryDoesNotGetRoundThePause) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .AdvanceTime(hours(1))
      .ExpectCommands("Authorize")
      .PauseStep("authorize")
      .Retry()
      .ExpectNothing()
      .ResumeStep("authorize")
      .AdvanceTime(kPausedStepInterval)
      .ExpectCommands("Authorize")
      .ExpectAttempt(1);
}

TEST(PausedStep, LooksAgainAtAnUnevenTime) {
  SagaScript(SampleSaga())
      .PauseStep("reserve")
      .PauseStep("authorize")
      .WithRandom(0)
      .Start()
      .ExpectNextActionIn(kPausedStepInterval / 2);
}

}  // namespace
}  // namespace orderflow::saga
