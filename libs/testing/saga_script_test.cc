// Proves that a saga script passes what is right and fails what is wrong, naming the line: a script
// that cannot fail would prove nothing about the sagas.

#include "libs/testing/saga_script.h"

#include <gtest/gtest-spi.h>
#include <gtest/gtest.h>

#include "libs/testing/sample_saga.h"

namespace orderflow::testing {
namespace {

using saga::SagaState;
using saga::StepState;

TEST(SagaScript, PassesAScriptThatIsRight) {
  SagaScript(SampleSaga())
      .Start()
      .ExpectCommands("Reserve", "Authorize")
      .ExpectAttempt(1)
      .Reply("reserve", Done())
      .ExpectNothing()
      .Reply("reserve", Done())
      .ExpectUnchanged()
      .Reply("authorize", Refused("declined"))
      .ExpectCompensations("Release")
      .ReplyToCompensation("reserve", Done())
      .ExpectState(SagaState::kCompensated)
      .ExpectStep("reserve", StepState::kCompensated)
      .ExpectRefusal("declined")
      .ExpectNoNextAction()
      .CancelIsRefused();
}

TEST(SagaScript, FailsForOtherCommands) {
  EXPECT_NONFATAL_FAILURE(SagaScript(SampleSaga()).Start().ExpectCommands("Reserve"),
                          "sent Reserve, Authorize");
  EXPECT_NONFATAL_FAILURE(SagaScript(SampleSaga()).Start().ExpectCommands("Authorize", "Reserve"),
                          "->   2 ExpectCommands(Authorize, Reserve)");
  EXPECT_NONFATAL_FAILURE(
      SagaScript(SampleSaga()).Start().ExpectCompensations("Reserve", "Authorize"),
      "sent Reserve, Authorize");
}

TEST(SagaScript, FailsForAForgottenCommand) {
  EXPECT_NONFATAL_FAILURE(SagaScript(SampleSaga()).Start(),
                          "sent and not expected: Reserve, Authorize");
  EXPECT_NONFATAL_FAILURE(SagaScript(SampleSaga()).Start().Reply("reserve", Done()),
                          "sent and not expected");
  EXPECT_NONFATAL_FAILURE(SagaScript(SampleSaga()).Start().ExpectNothing(),
                          "sent and not expected");
}

TEST(SagaScript, FailsForAnotherState) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize");

  EXPECT_NONFATAL_FAILURE(script.ExpectState(SagaState::kCompleted), "the saga is RUNNING");
  EXPECT_NONFATAL_FAILURE(script.ExpectStep("reserve", StepState::kDone), "the step is EXECUTING");
  EXPECT_NONFATAL_FAILURE(script.ExpectStep("resreve", StepState::kDone), "there is no such step");
  EXPECT_NONFATAL_FAILURE(script.ExpectRefusal("x"), "the refusal is \"\"");
  EXPECT_NONFATAL_FAILURE(script.ExpectLastError("reserve", "x"), "the last error is \"\"");
  EXPECT_NONFATAL_FAILURE(script.ExpectAttempt(2), "Reserve is attempt 1");
  EXPECT_NONFATAL_FAILURE(script.ExpectNextActionIn(Duration(5)),
                          "the next action is in 10000000 us");
  EXPECT_NONFATAL_FAILURE(script.ExpectNoNextAction(), "the next action is in 10000000 us");
}

TEST(SagaScript, FailsForAnEventThatChanges) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize").Reply("reserve", Done());

  EXPECT_NONFATAL_FAILURE(script.ExpectUnchanged(), "the event changed the saga");
}

TEST(SagaScript, FailsForACancelThatIsAnsweredOtherwise) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize");

  EXPECT_NONFATAL_FAILURE(script.CancelIsRefused(), "the event gave OK");
}

TEST(SagaScript, FailsForAReplyToAnUnknownStep) {
  SagaScript script(SampleSaga());
  script.Start().ExpectCommands("Reserve", "Authorize");

  EXPECT_NONFATAL_FAILURE(script.Reply("deliver", Done()), "INVALID_ARGUMENT");
}

TEST(SagaScript, FailsForAnUnsoundDefinition) {
  saga::SagaDefinition definition = SampleSaga();
  definition.version = 0;

  EXPECT_NONFATAL_FAILURE(SagaScript{definition}, "the definition is not sound");
}

}  // namespace
}  // namespace orderflow::testing
