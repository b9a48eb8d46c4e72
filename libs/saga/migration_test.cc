// Proves which running sagas can be moved to another version of their definition, and what they
// then do: what has begun keeps its meaning and its order, or the saga stays where it is.

#include <gmock/gmock.h>

#include "libs/saga/engine.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/sample_saga.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::saga {
namespace {

using orderflow::testing::FakeClock;
using orderflow::testing::IsOk;
using orderflow::testing::SampleSaga;
using orderflow::testing::SequentialIds;
using orderflow::testing::StatusIs;
using ::testing::HasSubstr;

StepDefinition AStep(const std::string& name, std::vector<std::string> after,
                     const std::string& compensation) {
  StepDefinition step = SampleSaga().steps.front();
  step.name = name;
  step.command = "Do" + name;
  step.compensation = compensation;
  step.after = std::move(after);
  return step;
}

class MigrationTest : public ::testing::Test {
 protected:
  MigrationTest() {
    ++to_.version;
    saga_ = Engine::Start(from_, SagaId(SequentialIds::IdAt(1)), OrderId(SequentialIds::IdAt(2)),
                          context_)
                .saga;
  }

  void Reply(const std::string& step, Outcome outcome) {
    auto transition =
        Engine::Apply(from_, saga_, ReplyReceived{step, false, outcome, "no", ""}, context_);
    ASSERT_THAT(transition, IsOk());
    saga_ = std::move(transition->saga);
  }

  absl::StatusOr<Transition> Migrate() {
    EXPECT_EQ(Lint(to_), std::vector<std::string>());
    return Engine::Migrate(from_, to_, saga_, context_);
  }

  void ExpectRefused(const std::string& why) {
    const auto refused = Migrate();
    EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
    EXPECT_THAT(std::string(refused.status().message()), HasSubstr(why));
  }

  const EngineContext context_{.now = FakeClock::kStart};
  const SagaDefinition from_ = SampleSaga();
  SagaDefinition to_ = SampleSaga();
  SagaInstance saga_;
};

TEST_F(MigrationTest, KeepsWhatHasBegunAndDoesTheNewStepInItsTurn) {
  Reply("reserve", Outcome::kDone);
  to_.steps.push_back(AStep("Thank", {"capture"}, ""));

  const auto moved = Migrate();

  ASSERT_THAT(moved, IsOk());
  EXPECT_TRUE(moved->changed);
  EXPECT_TRUE(moved->commands.empty());
  EXPECT_EQ(moved->saga.definition_version, to_.version);
  EXPECT_EQ(moved->saga.steps[0], saga_.steps[0]);
  EXPECT_EQ(moved->saga.steps[1], saga_.steps[1]);
  ASSERT_EQ(moved->saga.steps.size(), 6U);
  EXPECT_EQ(moved->saga.steps[5].state, StepState::kPending);
}

TEST_F(MigrationTest, StartsAtOnceWhatWaitsForNothingInTheNewVersion) {
  to_.steps.insert(to_.steps.begin(), AStep("Check", {}, "UndoCheck"));
  to_.steps[3].after.push_back("Check");

  const auto moved = Migrate();

  ASSERT_THAT(moved, IsOk());
  ASSERT_EQ(moved->commands.size(), 1U);
  EXPECT_EQ(moved->commands[0].command, "DoCheck");
}

TEST_F(MigrationTest, IsRefusedWhenANewStepComesBeforeWhatHasBegun) {
  to_.steps.insert(to_.steps.begin(), AStep("Check", {}, "UndoCheck"));
  to_.steps[1].after = {"Check"};

  ExpectRefused("has begun step reserve, before which version 3 does step Check");
}

TEST_F(MigrationTest, IsRefusedWhenThePivotHasBegunAndANewStepComesBeforeIt) {
  Reply("reserve", Outcome::kDone);
  Reply("authorize", Outcome::kDone);
  to_.steps.insert(to_.steps.begin(), AStep("Check", {}, "UndoCheck"));
  to_.steps[3].after.push_back("Check");

  ExpectRefused("before which version 3 does step Check");
}

TEST_F(MigrationTest, IsRefusedWhenAStepThatHasBegunIsGoneOrMeansSomethingElse) {
  to_.steps[1].compensation = "Refund";
  ExpectRefused("has begun step authorize, which version 3 does differently");
  to_.steps.erase(to_.steps.begin() + 1);
  to_.steps[1].after = {"reserve"};
  ExpectRefused("has begun step authorize, which version 3 does not have");
}

TEST_F(MigrationTest, AStepThatHasNotBegunMayGo) {
  to_.steps.pop_back();

  const auto moved = Migrate();

  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->saga.steps.size(), 4U);
}

TEST_F(MigrationTest, ASagaThatUndoesSkipsWhatIsNewAndGoesOnUndoing) {
  Reply("reserve", Outcome::kDone);
  Reply("authorize", Outcome::kRefused);
  ASSERT_EQ(saga_.state, SagaState::kCompensating);
  to_.steps.insert(to_.steps.begin(), AStep("Check", {}, "UndoCheck"));
  to_.steps[1].after = {"Check"};

  const auto moved = Migrate();

  ASSERT_THAT(moved, IsOk());
  EXPECT_EQ(moved->saga.steps[0].state, StepState::kSkipped);
  EXPECT_TRUE(moved->commands.empty()) << "its compensation is out already";
}

TEST_F(MigrationTest, IsRefusedForTheSameVersionAndForASagaThatHasEnded) {
  to_ = from_;
  ExpectRefused("is of version 2 already");
  ++to_.version;
  saga_.state = SagaState::kCompleted;
  ExpectRefused("has ended");
}

TEST_F(MigrationTest, AHeldSagaIsMovedAndStaysHeld) {
  saga_.hold = Hold::kPaused;
  to_.steps.insert(to_.steps.begin(), AStep("Check", {}, "UndoCheck"));
  to_.steps[3].after.push_back("Check");

  const auto moved = Migrate();

  ASSERT_THAT(moved, IsOk());
  EXPECT_TRUE(moved->commands.empty());
  EXPECT_EQ(moved->saga.hold, Hold::kPaused);
}

}  // namespace
}  // namespace orderflow::saga
