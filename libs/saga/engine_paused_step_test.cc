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
using std::chrono::minutes;
using std::chrono::seconds;

TEST(PausedStep, ItsCommandWaitsAndTheOthersGoOut) {
  SagaScript(SampleSaga())
      .PauseStep("authorize")
      .Start()
      .ExpectCommands("Reserve")
      .ExpectStep("authorize", StepState::kExecuting)
      .Reply("reserve", Done())
      .ExpectNothing()
      .ExpectNextActionIn(kPausedStepIntervalMin)
      .ExpectState(SagaState::kRunning);
}

TEST(PausedStep, IsSentForTheFirstTimeOnceItIsResumed) {
  SagaScript(SampleSaga())
      .PauseStep("authorize")
      .Start()
      .ExpectCommands("Reserve")
      .Reply("reserve", Done())
      .AdvanceTime(kPausedStepIntervalMin)
      .ExpectNothing()
      .ResumeStep("authorize")
      .AdvanceTime(kPausedStepIntervalMin)
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
      .AdvanceTime(kPausedStepIntervalMin)
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
      .AdvanceTime(kPausedStepIntervalMin)
      .ExpectCommands("Authorize")
      .ExpectAttempt(1);
}

TEST(PausedStep, LooksAgainAtAnUnevenTime) {
  SagaScript(SampleSaga())
      .PauseStep("reserve")
      .PauseStep("authorize")
      .WithRandom(0)
      .Start()
      .ExpectNextActionIn(kPausedStepIntervalMin / 2);
}

TEST(PausedStep, LooksLessOftenTheLongerItIsPaused) {
  SagaScript script(SampleSaga());
  script.PauseStep("authorize").Start().ExpectCommands("Reserve").Reply("reserve", Done());
  script.ExpectNextActionIn(seconds(30));
  script.AdvanceTime(minutes(4)).ExpectNothing().ExpectNextActionIn(minutes(1));
  script.AdvanceTime(minutes(16)).ExpectNothing().ExpectNextActionIn(minutes(5));
  script.AdvanceTime(hours(100)).ExpectNothing().ExpectNextActionIn(kPausedStepIntervalMax);
}

// Looks at all that wait stay in proportion to the orders that come, however long the pause.
TEST(PausedStep, LooksDoNotGrowWithTheNumberOfSagasThatWait) {
  for (Duration pause = minutes(1); pause <= 4 * kPausedStepIntervalMax; pause += minutes(1)) {
    const int64_t waiting = pause / seconds(1);  // of one order per second

    EXPECT_LE(waiting * seconds(1), 4 * PausedStepInterval(pause)) << waiting << " wait";
  }
}

TEST(PausedStep, LooksAgainSoonWhereTheClockOfThePauseIsAhead) {
  EXPECT_EQ(PausedStepInterval(-hours(1)), kPausedStepIntervalMin);
}

}  // namespace
}  // namespace orderflow::saga
