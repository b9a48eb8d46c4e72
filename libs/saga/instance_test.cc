// Proves that every state has a name that reads back, and when a saga acts by itself.

#include "libs/saga/instance.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

#include "libs/testing/fake_clock.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::FakeClock;
using std::chrono::seconds;

constexpr StepState kStepStates[] = {
    StepState::kPending, StepState::kExecuting,    StepState::kUnknown,     StepState::kDone,
    StepState::kRefused, StepState::kCompensating, StepState::kCompensated, StepState::kSkipped};
constexpr SagaState kSagaStates[] = {SagaState::kRunning, SagaState::kCompensating,
                                     SagaState::kCompleted, SagaState::kCompensated,
                                     SagaState::kNeedsAttention};

TEST(StepState, ReadsBackEveryName) {
  std::set<std::string> names;
  for (const StepState state : kStepStates) {
    EXPECT_EQ(ParseStepState(ToString(state)), state);
    names.insert(ToString(state));
  }

  EXPECT_EQ(names, (std::set<std::string>{"PENDING", "EXECUTING", "UNKNOWN", "DONE", "REFUSED",
                                          "COMPENSATING", "COMPENSATED", "SKIPPED"}));
}

TEST(SagaState, ReadsBackEveryName) {
  std::set<std::string> names;
  for (const SagaState state : kSagaStates) {
    EXPECT_EQ(ParseSagaState(ToString(state)), state);
    names.insert(ToString(state));
  }

  EXPECT_EQ(names, (std::set<std::string>{"RUNNING", "COMPENSATING", "COMPLETED", "COMPENSATED",
                                          "NEEDS_ATTENTION"}));
}

TEST(Hold, ReadsBackEveryName) {
  for (const Hold hold : {Hold::kNone, Hold::kPaused, Hold::kParked}) {
    EXPECT_EQ(ParseHold(ToString(hold)), hold);
  }
  EXPECT_EQ(ParseHold("HELD"), std::nullopt);
}

TEST(SagaState, ReadsNothingFromOtherText) {
  for (const char* text : {"", "done", "DONE ", "INVALID", "RUNNING2"}) {
    EXPECT_EQ(ParseStepState(text), std::nullopt) << text;
    EXPECT_EQ(ParseSagaState(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseSagaState("EXECUTING"), std::nullopt);
  EXPECT_EQ(ParseStepState("RUNNING"), std::nullopt);
}

TEST(SagaState, IsTerminalWhenCompletedOrCompensated) {
  EXPECT_TRUE(IsTerminal(SagaState::kCompleted));
  EXPECT_TRUE(IsTerminal(SagaState::kCompensated));
  EXPECT_FALSE(IsTerminal(SagaState::kRunning));
  EXPECT_FALSE(IsTerminal(SagaState::kCompensating));
  EXPECT_FALSE(IsTerminal(SagaState::kNeedsAttention));
}

SagaInstance WithNextActions(SagaState state) {
  SagaInstance saga;
  saga.state = state;
  saga.steps.resize(4);
  saga.steps[1].next_action_at = FakeClock::kStart + seconds(5);
  saga.steps[2].next_action_at = FakeClock::kStart + seconds(3);
  saga.steps[3].next_action_at = FakeClock::kStart + seconds(4);
  return saga;
}

TEST(NextActionAt, IsTheEarliestOfAllSteps) {
  EXPECT_EQ(NextActionAt(WithNextActions(SagaState::kRunning)), FakeClock::kStart + seconds(3));
  EXPECT_EQ(NextActionAt(WithNextActions(SagaState::kCompensating)),
            FakeClock::kStart + seconds(3));
}

TEST(NextActionAt, IsNothingWhenParkedOrTerminal) {
  EXPECT_EQ(NextActionAt(WithNextActions(SagaState::kNeedsAttention)), std::nullopt);
  EXPECT_EQ(NextActionAt(WithNextActions(SagaState::kCompleted)), std::nullopt);
  EXPECT_EQ(NextActionAt(WithNextActions(SagaState::kCompensated)), std::nullopt);
}

TEST(NextActionAt, IsNothingWhileAPersonHoldsTheSaga) {
  SagaInstance saga = WithNextActions(SagaState::kRunning);
  saga.hold = Hold::kPaused;

  EXPECT_EQ(NextActionAt(saga), std::nullopt);
}

TEST(NextActionAt, IsNothingWithoutTimers) {
  SagaInstance saga;
  saga.steps.resize(2);

  EXPECT_EQ(NextActionAt(saga), std::nullopt);
}

}  // namespace
}  // namespace orderflow::saga
