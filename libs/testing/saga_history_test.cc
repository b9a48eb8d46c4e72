// Proves that a history keeps what the engine was told beside the events: played again, it must
// decide the same.

#include "libs/testing/saga_history.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

#include "libs/testing/fake_clock.h"
#include "libs/testing/sample_saga.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::testing {
namespace {

TEST(SagaHistory, KeepsWhichStepsWerePausedAndSinceWhen) {
  const saga::SagaDefinition definition = SampleSaga();
  const saga::PausedSteps paused{
      {{definition.name, "authorize"}, FakeClock::kStart - std::chrono::minutes(20)}};
  const saga::EngineContext context{
      .now = FakeClock::kStart,
      .random01 = 0.5,
      .paused_steps = std::make_shared<const saga::PausedSteps>(paused)};
  const SagaHistory history{.definition = definition.name,
                            .version = definition.version,
                            .saga_id = SagaId("s"),
                            .order_id = OrderId("o"),
                            .start = context,
                            .events = {{context, saga::TimerFired{}}}};
  const auto text = WriteHistory(definition, history);
  ASSERT_THAT(text, IsOk());

  const auto read = ReadHistory(*text);

  ASSERT_THAT(read, IsOk());
  EXPECT_EQ(*read->start.paused_steps, paused);
  EXPECT_THAT(WriteHistory(definition, *read), IsOkAndHolds(*text));
}

}  // namespace
}  // namespace orderflow::testing
