// Proves the way forward, cancellation, and what the engine refuses: saga scripts against the
// sample saga (reserve and authorize in parallel, capture as pivot, commit and invoice in
// parallel).

#include "libs/saga/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/testing/fake_clock.h"
#include "libs/testing/saga_script.h"
#include "libs/testing/sample_saga.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::Done;
using ::orderflow::testing::Failed;
using ::orderflow::testing::FakeClock;
using ::orderflow::testing::Refused;
using ::orderflow::testing::SagaScript;
using ::orderflow::testing::SampleSaga;
using ::orderflow::testing::ScriptReply;
using ::orderflow::testing::StatusIs;
using ::orderflow::testing::Unknown;
using std::chrono::seconds;
using ::testing::HasSubstr;

// Makes the script of a saga whose pivot is done.
void RunPastPivot(SagaScript& script) {
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice");
}

TEST(Engine, CompletesWhenAllIsDone) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .ExpectAttempt(1)
      .ExpectState(SagaState::kRunning)
      .Reply("reserve", Done())
      .ExpectNothing()
      .ExpectStep("reserve", StepState::kDone)
      .ExpectStep("capture", StepState::kPending)
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .Reply("commit", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kRunning)
      .Reply("invoice", Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted)
      .ExpectRefusal("")
      .ExpectNoNextAction();
}

TEST(Engine, TakesRepliesInAnyOrder) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("authorize", Done())
      .ExpectNothing()
      .Reply("reserve", Done())
      .ExpectCommands("Capture")
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .Reply("invoice", Done())
      .Reply("commit", Done())
      .ExpectState(SagaState::kCompleted);
}

TEST(Engine, IgnoresDuplicateAndLateReplies) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Reply("reserve", Done());
  script.Reply("reserve", Done()).ExpectUnchanged();
  script.Reply("reserve", Refused("late")).ExpectUnchanged();
  script.Reply("reserve", Failed("late")).ExpectUnchanged();
  script.Reply("reserve", Unknown("late")).ExpectUnchanged();
  script.ReplyToCompensation("reserve", Done()).ExpectUnchanged();
  script.Reply("authorize", Done()).ExpectCommands("Capture");
  script.Reply("authorize", Done()).ExpectUnchanged();
}

TEST(Engine, IgnoresRepliesToStepsThatHaveNotBegun) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize");
  for (const ScriptReply& reply : {Done(), Refused("x"), Failed("x"), Unknown("x")}) {
    script.Reply("capture", reply).ExpectUnchanged();
    script.ReplyToCompensation("reserve", reply).ExpectUnchanged();
    script.ReplyToCompensation("capture", reply).ExpectUnchanged();
  }
}

TEST(Engine, IgnoresEverythingWhenCompleted) {
  SagaScript script(SampleSaga());
  RunPastPivot(script);
  script.Reply("commit", Done()).Reply("invoice", Done()).ExpectState(SagaState::kCompleted);
  for (const ScriptReply& reply : {Done(), Refused("x"), Failed("x"), Unknown("x")}) {
    script.Reply("commit", reply).ExpectUnchanged();
    script.ReplyToCompensation("reserve", reply).ExpectUnchanged();
  }
  script.AdvanceTime(std::chrono::hours(1)).ExpectUnchanged();
  script.CancelIsRefused();
}

TEST(Engine, CompensatesWhenCancelledBeforeThePivot) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Cancel("by customer")
      .ExpectCompensations("Void")
      .ExpectState(SagaState::kCompensating)
      .ExpectRefusal("by customer")
      .ReplyToCompensation("authorize", Done())
      .ExpectCompensations("Release")
      .CancelIsRefused()
      .ReplyToCompensation("reserve", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectStep("capture", StepState::kSkipped)
      .CancelIsRefused();
}

TEST(Engine, RefusesToCancelOnceThePivotHasBegun) {
  SagaScript script(SampleSaga());
  script.Start()
      .ExpectCommands("Reserve", "Authorize")
      .Reply("reserve", Done())
      .Reply("authorize", Done())
      .ExpectCommands("Capture")
      .CancelIsRefused()
      .Reply("capture", Unknown("provider timed out"))
      .CancelIsRefused()
      .Reply("capture", Done())
      .ExpectCommands("Commit", "Invoice")
      .CancelIsRefused()
      .ExpectState(SagaState::kRunning);
}

TEST(Engine, SaysWhyItCannotBeCancelled) {
  const SagaDefinition definition = SampleSaga();
  SagaScript script(definition);
  RunPastPivot(script);

  const auto result =
      Engine::Apply(definition, script.instance(), CancelRequested{}, {.now = FakeClock::kStart});

  EXPECT_THAT(result, StatusIs(absl::StatusCode::kFailedPrecondition,
                               HasSubstr("it is RUNNING and has begun its point of no return")));
}

TEST(Engine, ParksForARefusalAfterThePivotAndResumesWhenDoneAfterAll) {
  SagaScript script(SampleSaga());
  RunPastPivot(script);
  script.Reply("commit", Refused("no such reservation"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("commit", StepState::kRefused)
      .ExpectRefusal("no such reservation")
      .ExpectNoNextAction()
      .CancelIsRefused();
  script.Reply("commit", Refused("again")).ExpectUnchanged();
  script.Reply("commit", Failed("x")).ExpectUnchanged();
  script.Reply("invoice", Done())
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectStep("invoice", StepState::kDone);
  script.Reply("commit", Done()).ExpectState(SagaState::kCompleted).ExpectRefusal("");
}

TEST(Engine, StaysParkedUntilTheLastBlockedStepIsDone) {
  SagaScript script(SampleSaga());
  RunPastPivot(script);
  script.Reply("commit", Refused("x"))
      .Reply("invoice", Refused("y"))
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectRefusal("x")
      .Reply("commit", Done())
      .ExpectState(SagaState::kNeedsAttention)
      .Reply("invoice", Done())
      .ExpectState(SagaState::kCompleted);
}

TEST(Engine, RefusesAReplyToAStepItDoesNotHave) {
  const SagaDefinition definition = SampleSaga();
  const Transition begun =
      Engine::Start(definition, SagaId("s"), OrderId("o"), {.now = FakeClock::kStart});
  ReplyReceived reply;
  reply.step = "deliver";

  const auto result = Engine::Apply(definition, begun.saga, reply, {.now = FakeClock::kStart});

  EXPECT_THAT(result, StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("\"deliver\"")));
}

TEST(Engine, RefusesAnInstanceOfAnotherDefinition) {
  const SagaDefinition definition = SampleSaga();
  const SagaInstance sound =
      Engine::Start(definition, SagaId("s"), OrderId("o"), {.now = FakeClock::kStart}).saga;
  SagaInstance other_name = sound;
  other_name.definition = "other";
  SagaInstance other_version = sound;
  other_version.definition_version = 1;
  SagaInstance other_steps = sound;
  other_steps.steps.pop_back();

  for (const SagaInstance& saga : {other_name, other_version, other_steps}) {
    EXPECT_THAT(Engine::Apply(definition, saga, TimerFired{}, {.now = FakeClock::kStart}),
                StatusIs(absl::StatusCode::kInternal));
  }
}

TEST(Engine, RefusesAnInstanceThatWouldUndoWhatCannotBeUndone) {
  const SagaDefinition definition = SampleSaga();
  SagaInstance saga =
      Engine::Start(definition, SagaId("s"), OrderId("o"), {.now = FakeClock::kStart}).saga;
  saga.state = SagaState::kCompensating;
  saga.steps[2].state = StepState::kDone;

  EXPECT_THAT(
      Engine::Apply(definition, saga, TimerFired{}, {.now = FakeClock::kStart}),
      StatusIs(absl::StatusCode::kInternal, HasSubstr("capture is DONE and cannot be undone")));
}

TEST(Engine, StartKeepsTheIdsAndTheVersion) {
  const Transition begun =
      Engine::Start(SampleSaga(), SagaId("s"), OrderId("o"), {.now = FakeClock::kStart});

  EXPECT_TRUE(begun.changed);
  EXPECT_EQ(begun.saga.saga_id, SagaId("s"));
  EXPECT_EQ(begun.saga.order_id, OrderId("o"));
  EXPECT_EQ(begun.saga.definition, "sample");
  EXPECT_EQ(begun.saga.definition_version, 2);
  EXPECT_EQ(NextActionAt(begun.saga), FakeClock::kStart + seconds(10));
}

}  // namespace
}  // namespace orderflow::saga
