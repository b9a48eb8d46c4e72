// Proves by random events from fixed seeds that the engine's promises hold in every state it can
// reach: never a command twice in one transition, never a second command before its turn, nothing
// to do for terminal or held sagas, and a path out of each state. A failure prints its seed.

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <utility>

#include "libs/saga/engine.h"
#include "libs/testing/fake_clock.h"
#include "libs/testing/sample_saga.h"

namespace orderflow::saga {
namespace {

using ::orderflow::testing::FakeClock;
using ::orderflow::testing::SampleSaga;
using ::orderflow::testing::SampleSagaWithStepBesidePivot;

constexpr unsigned kSeeds = 3'000;  // about a second unoptimized
constexpr int kEventsPerSaga = 60;
constexpr size_t kPivot = 2;

size_t IndexOf(const SagaDefinition& definition, const std::string& step) {
  size_t i = 0;
  while (definition.steps[i].name != step) {
    ++i;
  }
  return i;
}

bool IsOpen(StepState state) {
  return state == StepState::kExecuting || state == StepState::kUnknown ||
         state == StepState::kCompensating;
}

// What a person does: holds are let go of more often than put on.
Event RandomRepair(const SagaDefinition& definition, std::mt19937& random) {
  const Hold hold = random() % 2 == 0 ? Hold::kPaused : Hold::kParked;
  switch (random() % 6) {
    case 0:
      return HoldRequested{hold};
    case 1:
      return StepSkipped{definition.steps[random() % definition.steps.size()].name};
    case 2:
    case 3:
      return RetryRequested{};
    default:
      return HoldReleased{hold};
  }
}

Event RandomEvent(const SagaDefinition& definition, std::mt19937& random) {
  const unsigned kind = random() % 24;
  if (kind == 0) {
    return CancelRequested{.refusal = "cancelled"};
  }
  if (kind >= 20) {
    return RandomRepair(definition, random);
  }
  if (kind < 6) {
    return TimerFired{};
  }
  const Outcome outcomes[] = {Outcome::kDone,    Outcome::kDone,   Outcome::kDone,
                              Outcome::kRefused, Outcome::kFailed, Outcome::kUnknown};
  return ReplyReceived{.step = definition.steps[random() % definition.steps.size()].name,
                       .compensation = random() % 3 == 0,
                       .outcome = outcomes[random() % std::size(outcomes)],
                       .refusal = "refused",
                       .error = "error"};
}

void CheckCommands(const SagaDefinition& definition, const Transition& transition) {
  std::set<std::pair<std::string, bool>> sent;
  int compensations = 0;
  for (const Command& command : transition.commands) {
    const size_t i = IndexOf(definition, command.step);
    const StepDefinition& step = definition.steps[i];
    const StepInstance& instance = transition.saga.steps[i];
    EXPECT_TRUE(sent.insert({command.step, command.compensation}).second)
        << command.step << " sent twice";
    EXPECT_EQ(command.command, command.compensation ? step.compensation : step.command);
    EXPECT_EQ(command.attempt, instance.attempts);
    EXPECT_LE(command.attempt,
              (command.compensation ? step.compensation_retry : step.retry).attempts_max);
    EXPECT_TRUE(IsOpen(instance.state)) << command.step << " is " << ToString(instance.state);
    EXPECT_EQ(command.compensation, instance.state == StepState::kCompensating);
    EXPECT_TRUE(instance.next_action_at.has_value());
    compensations += command.compensation ? 1 : 0;
  }
  EXPECT_LE(compensations, 1) << "compensations run one after the other";
}

// What holds between the steps of a saga, whatever happened.
void CheckSteps(const SagaDefinition& definition, const SagaInstance& saga) {
  const StepState pivot = saga.steps[kPivot].state;
  const bool pivot_done = pivot == StepState::kDone;
  int compensating = 0;
  for (size_t i = 0; i < saga.steps.size(); ++i) {
    const StepState state = saga.steps[i].state;
    compensating += state == StepState::kCompensating ? 1 : 0;
    EXPECT_TRUE(IsOpen(state) || !saga.steps[i].next_action_at)
        << definition.steps[i].name << " has a stray timer";
    if (i < kPivot) {
      EXPECT_TRUE(!pivot_done || state == StepState::kDone)
          << definition.steps[i].name << " undone after the pivot";
    } else if (definition.steps[i].beside_pivot) {
      const bool undone = state == StepState::kCompensating || state == StepState::kCompensated;
      EXPECT_TRUE(!undone || pivot == StepState::kRefused)
          << definition.steps[i].name << " undone though the pivot was not refused";
      EXPECT_TRUE((state == StepState::kPending || state == StepState::kSkipped) ==
                  (pivot == StepState::kPending || pivot == StepState::kSkipped))
          << definition.steps[i].name << " does not run beside the pivot";
    } else {
      EXPECT_NE(state, StepState::kCompensating);
      EXPECT_NE(state, StepState::kCompensated);
    }
    if (i > kPivot && !definition.steps[i].beside_pivot) {
      EXPECT_TRUE(pivot_done || state == StepState::kPending || state == StepState::kSkipped)
          << definition.steps[i].name << " began before the pivot was done";
    }
  }
  EXPECT_LE(compensating, 1);
}

void CheckState(const SagaInstance& saga) {
  const auto all = [&](auto predicate) {
    return std::all_of(saga.steps.begin(), saga.steps.end(), predicate);
  };
  const auto any = [&](auto predicate) {
    return std::any_of(saga.steps.begin(), saga.steps.end(), predicate);
  };
  if (saga.state != SagaState::kNeedsAttention) {
    EXPECT_EQ(saga.parked_from, SagaState::kRunning) << "parked_from is of parked sagas only";
  }
  switch (saga.state) {
    case SagaState::kCompleted:
      EXPECT_TRUE(all([](const StepInstance& step) { return step.state == StepState::kDone; }));
      EXPECT_EQ(saga.refusal, "");
      EXPECT_EQ(NextActionAt(saga), std::nullopt);
      break;
    case SagaState::kCompensated:
      EXPECT_TRUE(all([](const StepInstance& step) {
        return step.state == StepState::kCompensated || step.state == StepState::kRefused ||
               step.state == StepState::kSkipped;
      }));
      EXPECT_NE(saga.refusal, "");
      EXPECT_EQ(NextActionAt(saga), std::nullopt);
      break;
    case SagaState::kRunning:
      EXPECT_FALSE(any([](const StepInstance& step) {
        return step.state == StepState::kCompensating || step.state == StepState::kCompensated ||
               step.state == StepState::kSkipped || step.state == StepState::kRefused;
      }));
      EXPECT_EQ(NextActionAt(saga).has_value(), saga.hold == Hold::kNone)
          << "a running saga must wake up by itself, unless it is held";
      break;
    case SagaState::kCompensating:
      EXPECT_NE(saga.refusal, "");
      EXPECT_FALSE(any([](const StepInstance& step) { return step.state == StepState::kPending; }));
      EXPECT_EQ(NextActionAt(saga).has_value(), saga.hold == Hold::kNone)
          << "a compensating saga must wake up by itself, unless it is held";
      break;
    case SagaState::kNeedsAttention:
      EXPECT_FALSE(IsTerminal(saga.parked_from));
      EXPECT_NE(saga.parked_from, SagaState::kNeedsAttention);
      EXPECT_TRUE(saga.hold == Hold::kParked ||
                  any([](const StepInstance& step) { return !step.last_error.empty(); }))
          << "parked without a reason";
      break;
  }
}

void CheckTransition(const SagaDefinition& definition, const SagaInstance& before,
                     const Transition& transition) {
  CheckCommands(definition, transition);
  CheckSteps(definition, transition.saga);
  CheckState(transition.saga);
  EXPECT_EQ(transition.changed, !(transition.saga == before) || !transition.commands.empty());
  if (transition.saga.hold != Hold::kNone) {
    EXPECT_TRUE(transition.commands.empty()) << "a held saga sent something";
    EXPECT_FALSE(IsTerminal(transition.saga.state)) << "a held saga ended";
  }
  if (IsTerminal(before.state)) {
    EXPECT_FALSE(transition.changed) << "a terminal saga changed";
  }
  if (before.state == SagaState::kCompensating) {
    EXPECT_NE(transition.saga.state, SagaState::kRunning);
    EXPECT_NE(transition.saga.state, SagaState::kCompleted);
  }
  if (before.steps[kPivot].state == StepState::kDone) {
    EXPECT_EQ(transition.saga.steps[kPivot].state, StepState::kDone);
  }
}

// Every participant answers at last: the saga must reach its end, from wherever it is.
SagaInstance AnswerEverything(const SagaDefinition& definition, SagaInstance saga,
                              const EngineContext& context) {
  if (saga.hold != Hold::kNone) {
    saga = Engine::Apply(definition, saga, HoldReleased{saga.hold}, context)->saga;
  }
  for (int round = 0; round < 20 && !IsTerminal(saga.state); ++round) {
    for (size_t i = 0; i < saga.steps.size(); ++i) {
      ReplyReceived reply;
      reply.step = definition.steps[i].name;
      reply.compensation = saga.steps[i].state == StepState::kCompensating;
      const auto transition = Engine::Apply(definition, saga, reply, context);
      EXPECT_TRUE(transition.ok());
      saga = transition->saga;
    }
  }
  return saga;
}

class EngineProperty : public ::testing::TestWithParam<SagaDefinition> {};

INSTANTIATE_TEST_SUITE_P(Shapes, EngineProperty,
                         ::testing::Values(SampleSaga(), SampleSagaWithStepBesidePivot()),
                         [](const auto& shape) {
                           return shape.index == 0 ? "PivotAlone" : "StepBesidePivot";
                         });

TEST_P(EngineProperty, HoldsForRandomEvents) {
  const SagaDefinition& definition = GetParam();
  std::set<SagaState> reached;
  std::set<Hold> held;
  for (unsigned seed = 0; seed < kSeeds && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto random01 = [&] { return static_cast<double>(random() % 1000) / 1000.0; };
    EngineContext context{.now = FakeClock::kStart, .random01 = random01()};
    Transition latest = Engine::Start(definition, SagaId("s"), OrderId("o"), context);
    CheckCommands(definition, latest);
    CheckState(latest.saga);

    for (int event = 0; event < kEventsPerSaga && !::testing::Test::HasFailure(); ++event) {
      context.now += std::chrono::milliseconds(random() % 8000);
      context.random01 = random01();
      const auto transition =
          Engine::Apply(definition, latest.saga, RandomEvent(definition, random), context);
      if (!transition.ok()) {
        EXPECT_EQ(transition.status().code(), absl::StatusCode::kFailedPrecondition)
            << transition.status();
        continue;
      }
      CheckTransition(definition, latest.saga, *transition);
      latest = *transition;
      reached.insert(latest.saga.state);
      held.insert(latest.saga.hold);
    }
    EXPECT_TRUE(IsTerminal(AnswerEverything(definition, latest.saga, context).state))
        << "the saga cannot end";
  }

  EXPECT_EQ(reached.size(), 5U) << "the random events do not reach every state";
  EXPECT_EQ(held.size(), 3U) << "the random events do not hold sagas in every way";
}

// A duplicate of a deciding reply never does anything.
TEST_P(EngineProperty, IgnoresTheSecondOfTwoEqualDecidingReplies) {
  const SagaDefinition& definition = GetParam();
  for (unsigned seed = 0; seed < kSeeds / 4 && !::testing::Test::HasFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    EngineContext context{.now = FakeClock::kStart};
    SagaInstance saga = Engine::Start(definition, SagaId("s"), OrderId("o"), context).saga;

    for (int i = 0; i < kEventsPerSaga; ++i) {
      context.now += std::chrono::milliseconds(random() % 8000);
      const Event event = RandomEvent(definition, random);
      const auto first = Engine::Apply(definition, saga, event, context);
      if (!first.ok()) {
        continue;
      }
      saga = first->saga;
      const auto* reply = std::get_if<ReplyReceived>(&event);
      if (reply != nullptr &&
          (reply->outcome == Outcome::kDone || reply->outcome == Outcome::kRefused)) {
        EXPECT_FALSE(Engine::Apply(definition, saga, event, context)->changed);
      }
    }
  }
}

}  // namespace
}  // namespace orderflow::saga
