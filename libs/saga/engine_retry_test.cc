// Proves what happens without a good answer: timeouts, failures, unknown outcomes, backoff with
// jitter, parking when attempts run out, and how a parked saga goes on.

#include <gtest/gtest.h>

#include <map>

#include "libs/testing/fake_clock.h"
#include "libs/testing/saga_script.h"
#include "libs/testing/sample_saga.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::Done;
using ::orderflow::testing::Failed;
using ::orderflow::testing::FakeClock;
using ::orderflow::testing::Refused;
using ::orderflow::testing::SagaScript;
using ::orderflow::testing::SampleSaga;
using ::orderflow::testing::Unknown;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(Timeout, DoesNothingEarly) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .AdvanceTime(seconds(10) - microseconds(1))
      .ExpectUnchanged();
}

TEST(Timeout, SendsTheSameCommandAgain) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .AdvanceTime(seconds(10))
      .ExpectCommands("Authorize")
      .ExpectAttempt(2)
      .ExpectStep("authorize", StepState::kExecuting)
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .ExpectAttempt(1);
}

TEST(Timeout, SendsOnceHoweverLateTheTimerIs) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .AdvanceTime(hours(24))
      .ExpectCommands("Reserve", "Authorize")
      .ExpectAttempt(2);
  script.AdvanceTime(seconds(0)).ExpectUnchanged();
}

TEST(Timeout, GivesARepeatedCommandLongerAndAnUnevenTime) {
  SagaScript(SampleSaga())
      .WithRandom(0.25)
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .ExpectNextActionIn(seconds(10))
      .AdvanceTime(seconds(10))
      .ExpectCommands("Reserve", "Authorize")
      .ExpectNextActionIn(seconds(10) + milliseconds(25))
      .AdvanceTime(seconds(11))
      .ExpectCommands("Reserve", "Authorize")
      .ExpectAttempt(3)
      .ExpectNextActionIn(seconds(10) + milliseconds(50));
}

// A thousand sagas begun in one batch, whose participant is down, must not come back in one
// instant.
TEST(Timeout, SpreadsManySagasOfOneInstant) {
  const SagaDefinition definition = SampleSaga();
  std::map<Timestamp, int> due;
  for (int i = 0; i < 1000; ++i) {
    const double random01 = i / 1000.0;
    const EngineContext begun{.now = FakeClock::kStart, .random01 = random01};
    const EngineContext later{.now = FakeClock::kStart + seconds(10), .random01 = random01};
    const SagaInstance saga = Engine::Start(definition, SagaId("s"), OrderId("o"), begun).saga;
    const auto transition = Engine::Apply(definition, saga, TimerFired{}, later);
    ASSERT_TRUE(transition.ok());
    ASSERT_EQ(transition->commands.size(), 2U);
    ++due[NextActionAt(transition->saga).value()];
  }

  EXPECT_GT(due.size(), 900U);
  EXPECT_LE(due.rbegin()->first, FakeClock::kStart + seconds(20) + milliseconds(100));
}

TEST(Failed, IsRepeatedAfterBackoffThatGrows) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Done())
      .Reply("reserve", Failed("database is down"))
      .ExpectNothing()
      .ExpectState(SagaState::kRunning)
      .ExpectStep("reserve", StepState::kExecuting)
      .ExpectLastError("reserve", "database is down")
      .ExpectNextActionIn(milliseconds(50))
      .AdvanceTime(milliseconds(49))
      .ExpectUnchanged()
      .AdvanceTime(milliseconds(1))
      .ExpectCommands("Reserve")
      .ExpectAttempt(2)
      .Reply("reserve", Failed("still down"))
      .ExpectNextActionIn(milliseconds(100))
      .AdvanceTime(milliseconds(100))
      .ExpectCommands("Reserve")
      .ExpectAttempt(3)
      .Reply("reserve", Done())
      .ExpectCommands("Capture")
      .ExpectLastError("reserve", "");
}

TEST(Failed, IsSpreadByJitter) {
  for (const auto& [random01, delay] : std::map<double, Duration>{{0.0, microseconds(1)},
                                                                  {0.1, milliseconds(10)},
                                                                  {0.75, milliseconds(75)},
                                                                  {0.99, milliseconds(99)}}) {
    SagaScript(SampleSaga())
        .Start()
        .ExpectCommands("Reserve", "Authorize")
        .WithRandom(random01)
        .Reply("reserve", Failed("x"))
        .ExpectNextActionIn(delay);
  }
}

TEST(Failed, CountsNoAttemptForADuplicate) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Reply("authorize", Done());
  for (int i = 0; i < 10; ++i) {
    script.Reply("reserve", Failed("x")).ExpectNothing().ExpectState(SagaState::kRunning);
  }
  script.AdvanceTime(seconds(1)).ExpectCommands("Reserve").ExpectAttempt(2);
}

TEST(Failed, AnswersThatComeDuringBackoffCount) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Done())
      .Reply("reserve", Failed("x"))
      .Reply("reserve", Done())
      .ExpectCommands("Capture");
}

TEST(Failed, ParksAtOnceWhenAttemptsAreOut) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Reply("authorize", Done());
  script.Reply("reserve", Failed("1")).AdvanceTime(seconds(1)).ExpectCommands("Reserve");
  script.Reply("reserve", Failed("2"))
      .AdvanceTime(seconds(1))
      .ExpectCommands("Reserve")
      .ExpectAttempt(3);

  script.Reply("reserve", Failed("3"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("reserve", StepState::kExecuting)
      .ExpectLastError("reserve", "3")
      .ExpectNoNextAction();
  EXPECT_EQ(script.instance().parked_from, SagaState::kRunning);
}

TEST(Unknown, IsAskedAgainAndNeverTakenForAFailure) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Unknown("provider timed out"))
      .ExpectNothing()
      .ExpectState(SagaState::kRunning)
      .ExpectStep("authorize", StepState::kUnknown)
      .ExpectLastError("authorize", "provider timed out")
      .ExpectNextActionIn(milliseconds(50))
      .AdvanceTime(milliseconds(50))
      .ExpectCommands("Authorize")
      .ExpectAttempt(2)
      .ExpectStep("authorize", StepState::kUnknown)
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .ExpectStep("authorize", StepState::kDone);
}

TEST(Unknown, IsDecidedByALaterRefusal) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Unknown("provider timed out"))
      .Reply("authorize", Refused("declined"))
      .ExpectCompensations("Release")
      .ExpectStep("authorize", StepState::kRefused);
}

TEST(Unknown, PivotOfUnknownOutcomeIsNeitherUndoneNorSkipped) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Unknown("provider timed out"))
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("capture", StepState::kUnknown)
      .CancelIsRefused()
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .ExpectState(SagaState::kRunning);
}

TEST(Parking, HappensWhenNoReplyComesToTheLastAttempt) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Done())
      .AdvanceTime(seconds(11))
      .ExpectCommands("Reserve")
      .AdvanceTime(seconds(11))
      .ExpectCommands("Reserve")
      .ExpectAttempt(3)
      .ExpectState(SagaState::kRunning)
      .AdvanceTime(seconds(11))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("reserve", StepState::kExecuting)
      .ExpectLastError("reserve", "no reply after 3 attempts");
  script.AdvanceTime(hours(1)).ExpectUnchanged();
}

TEST(Parking, IsEndedByALateReply) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Done())
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("reserve", Failed("late"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("reserve", Unknown("late"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("reserve", Done())
      .ExpectCommands("Capture")
      .ExpectState(SagaState::kRunning);
}

TEST(Parking, RecordsOtherStepsAndStartsNothing) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("authorize", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("authorize", StepState::kDone)
      .Reply("reserve", Done())
      .ExpectCommands("Capture")
      .ExpectState(SagaState::kRunning);
}

// One step is out of attempts while the other waits for its turn to be sent again.
TEST(Parking, GoesOnWithOverdueStepsOnceResumed) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize");
  for (int attempt = 2; attempt <= 3; ++attempt) {
    script.Reply("reserve", Failed("x"))
        .AdvanceTime(seconds(1))
        .ExpectCommands("Reserve")
        .ExpectAttempt(attempt);
  }
  script.Reply("reserve", Failed("x")).ExpectState(SagaState::kNeedsAttention).ExpectNoNextAction();
  script.AdvanceTime(hours(1)).ExpectUnchanged();

  script.Reply("reserve", Done()).ExpectNothing().ExpectState(SagaState::kRunning);
  script.AdvanceTime(seconds(0)).ExpectCommands("Authorize").ExpectAttempt(2);
}

TEST(Parking, TurnsRoundForARefusal) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("reserve", Refused("out of stock"))
      .ExpectCompensations("Void")
      .ExpectAttempt(1)
      .ExpectState(SagaState::kCompensating)
      .ReplyToCompensation("authorize", Done())
      .ExpectState(SagaState::kCompensated);
}

TEST(Parking, CanBeCancelledBeforeThePivot) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .Cancel("by customer")
      .ExpectCompensations("Void")
      .ExpectAttempt(1)
      .ExpectState(SagaState::kCompensating)
      .ReplyToCompensation("authorize", Done())
      .ExpectCompensations("Release")
      .ReplyToCompensation("reserve", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("by customer");
}

TEST(Parking, AfterThePivotIsEndedByALateReply) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .Reply("invoice", Done())
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .CancelIsRefused()
      .Reply("commit", Done())
      .ExpectState(SagaState::kCompleted);
}

}  // namespace
}  // namespace orderflow::saga
