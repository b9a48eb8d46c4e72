// Proves each rule of the linter with one definition that breaks only that rule, and that the sound
// sample passes; and that the table for the docs shows what the definition says.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "libs/saga/definition.h"
#include "libs/testing/sample_saga.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::SampleSaga;
using ::orderflow::testing::SampleSagaWithStepBesidePivot;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr size_t kReserve = 0;
constexpr size_t kAuthorize = 1;
constexpr size_t kCapture = 2;
constexpr size_t kCommit = 3;

std::vector<std::string> LintAfter(const std::function<void(SagaDefinition&)>& damage) {
  SagaDefinition definition = SampleSaga();
  damage(definition);
  return Lint(definition);
}

TEST(Lint, FindsNothingInASoundDefinition) { EXPECT_THAT(Lint(SampleSaga()), IsEmpty()); }

TEST(Lint, AcceptsASagaOfAPivotAlone) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) {
                d.steps = {d.steps[kCapture]};
                d.steps[0].after.clear();
              }),
              IsEmpty());
}

TEST(Lint, WantsAName) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.name.clear(); }),
              ElementsAre("the saga has no name"));
}

TEST(Lint, WantsAVersion) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.version = 0; }),
              ElementsAre("version 0 is not 1 or more"));
}

TEST(Lint, WantsSteps) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps.clear(); }),
              ElementsAre("the saga has no steps", "the saga has 0 pivots instead of one"));
}

TEST(Lint, WantsNamesOfSteps) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].name.clear(); }),
              ElementsAre("step 4 has no name"));
}

TEST(Lint, WantsDifferentNamesOfSteps) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].name = "invoice"; }),
              ElementsAre("step invoice stands twice"));
}

TEST(Lint, WantsCommands) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].command.clear(); }),
              ElementsAre("step commit has no command"));
}

TEST(Lint, WantsStepsAfterKnownSteps) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].after.push_back("deliver"); }),
              ElementsAre("step commit comes after deliver, which is not declared above it"));
}

TEST(Lint, WantsStepsAfterEarlierSteps) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].after.push_back("invoice"); }),
              ElementsAre("step commit comes after invoice, which is not declared above it"));
}

TEST(Lint, WantsNoStepAfterItself) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].after.push_back("commit"); }),
              ElementsAre("step commit comes after commit, which is not declared above it"));
}

TEST(Lint, WantsAPivot) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCapture].pivot = false; }),
              ElementsAre("the saga has 0 pivots instead of one"));
}

TEST(Lint, WantsOnlyOnePivot) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].pivot = true; }),
              ElementsAre("the saga has 2 pivots instead of one"));
}

TEST(Lint, WantsACompensationBeforeThePivot) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kReserve].compensation.clear(); }),
              ElementsAre("step reserve comes before the pivot and has no compensation"));
}

TEST(Lint, WantsNoCompensationOfThePivot) {
  EXPECT_THAT(
      LintAfter([](SagaDefinition& d) { d.steps[kCapture].compensation = "Refund"; }),
      ElementsAre(
          "step capture is or comes after the pivot, and has compensation Refund that never runs"));
}

TEST(Lint, WantsNoCompensationAfterThePivot) {
  EXPECT_THAT(
      LintAfter([](SagaDefinition& d) { d.steps[kCommit].compensation = "Restock"; }),
      ElementsAre(
          "step commit is or comes after the pivot, and has compensation Restock that never runs"));
}

TEST(Lint, WantsEachStepOrderedAgainstThePivot) {
  EXPECT_THAT(
      LintAfter([](SagaDefinition& d) { d.steps[kCapture].after = {"reserve"}; }),
      ElementsAre(HasSubstr("step authorize is neither before nor after the pivot capture")));
}

TEST(Lint, AllowsAStepBesideThePivotThatSaysSo) {
  EXPECT_THAT(Lint(SampleSagaWithStepBesidePivot()), IsEmpty());
}

TEST(Lint, WantsACompensationBesideThePivot) {
  SagaDefinition definition = SampleSagaWithStepBesidePivot();
  definition.steps[kCommit].compensation.clear();

  EXPECT_THAT(Lint(definition),
              ElementsAre("step commit comes beside the pivot and has no compensation"));
}

TEST(Lint, WantsAStepBesideThePivotNotToWaitForIt) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCommit].beside_pivot = true; }),
              ElementsAre("step commit is said to run beside the pivot capture, and does not"));
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kReserve].beside_pivot = true; }),
              ElementsAre("step reserve is said to run beside the pivot capture, and does not"));
  EXPECT_THAT(LintAfter([](SagaDefinition& d) { d.steps[kCapture].beside_pivot = true; }),
              ElementsAre("step capture is said to run beside the pivot capture, and does not"));
}

TEST(Lint, FollowsTheOrderThroughOtherSteps) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) {
                d.steps[kAuthorize].after = {"reserve"};
                d.steps[kCapture].after = {"authorize"};
                d.steps.back().after = {"commit"};
              }),
              IsEmpty());
}

struct RetryCase {
  std::function<void(RetryPolicy&)> damage;
  const char* mistake;
};

const RetryCase kRetryCases[] = {
    {[](RetryPolicy& r) { r.attempts_max = 0; }, "attempts_max 0 is not 1 or more"},
    {[](RetryPolicy& r) { r.reply_timeout = seconds(0); }, "reply_timeout is not above 0"},
    {[](RetryPolicy& r) { r.reply_timeout = seconds(-1); }, "reply_timeout is not above 0"},
    {[](RetryPolicy& r) { r.backoff.initial = seconds(0); }, "backoff.initial is not above 0"},
    {[](RetryPolicy& r) { r.backoff.initial = seconds(9); },
     "backoff.initial is above backoff.max"},
};

TEST(Lint, WantsASoundRetryOfEachStep) {
  for (const RetryCase& c : kRetryCases) {
    EXPECT_THAT(LintAfter([&](SagaDefinition& d) { c.damage(d.steps[kCapture].retry); }),
                ElementsAre(std::string("retry of step capture: ") + c.mistake));
  }
}

TEST(Lint, WantsASoundRetryOfEachCompensation) {
  for (const RetryCase& c : kRetryCases) {
    EXPECT_THAT(
        LintAfter([&](SagaDefinition& d) { c.damage(d.steps[kReserve].compensation_retry); }),
        ElementsAre(std::string("compensation_retry of step reserve: ") + c.mistake));
    EXPECT_THAT(
        LintAfter([&](SagaDefinition& d) { c.damage(d.steps[kCapture].compensation_retry); }),
        IsEmpty());
  }
}

TEST(Lint, NamesEveryMistakeAtOnce) {
  EXPECT_THAT(LintAfter([](SagaDefinition& d) {
                d.name.clear();
                d.steps[kReserve].compensation.clear();
                d.steps[kCommit].command.clear();
              }),
              ElementsAre("the saga has no name", "step commit has no command",
                          "step reserve comes before the pivot and has no compensation"));
}

TEST(ToMarkdown, ShowsEveryStep) {
  const std::string text = ToMarkdown(SampleSaga());

  EXPECT_THAT(text, HasSubstr("### `sample`, version 2\n\n| step | after | command |"));
  EXPECT_THAT(text,
              HasSubstr("| `reserve` | at once | `Reserve` | 3 attempts, 10 s for a reply, backoff "
                        "100 ms to 1 s | "
                        "`Release` | 4 attempts, 20 s for a reply, backoff 200 ms to 2 s |\n"));
  EXPECT_THAT(text, HasSubstr("| `capture` (pivot) | `reserve`, `authorize` | `Capture` |"));
  EXPECT_THAT(text, HasSubstr("| none: the pivot |  |\n"));
  EXPECT_THAT(text, HasSubstr("| `commit` | `capture` | `Commit` |"));
  EXPECT_THAT(text, HasSubstr("| none: goes forward |  |\n"));
  EXPECT_THAT(ToMarkdown(SampleSagaWithStepBesidePivot()),
              HasSubstr("| `commit` (beside the pivot) | `reserve`, `authorize` | `Commit` |"));
}

}  // namespace
}  // namespace orderflow::saga
