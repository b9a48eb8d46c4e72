// Proves on a real PostgreSQL that a saga past its next_action_time acts, once, and that one which
// is not due does not.

#include <gmock/gmock.h>

#include <thread>

#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/messaging/saga_timer_runner.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

class SagaTimerTest : public OrderDatabaseTest {
 protected:
  // Moves every saga's clock so that its commands have been out for an hour.
  void LetAnHourPass() {
    database_.Run(
        "UPDATE sagas SET next_action_time = next_action_time - interval '1 hour', steps = (SELECT "
        "jsonb_agg(CASE WHEN s ? 'next_action_time' THEN jsonb_set(s, '{next_action_time}', "
        "to_jsonb(to_char((s->>'next_action_time')::timestamptz - interval '1 hour', "
        "'YYYY-MM-DD HH24:MI:SS.USOF'))) ELSE s END) FROM jsonb_array_elements(steps::jsonb) AS "
        "s)");
  }

  int Fire() {
    const auto fired = timers_.FireDue();
    EXPECT_THAT(fired, orderflow::testing::IsOk());
    return fired.ok() ? fired->sagas : -1;
  }

  SagaTimerRunner timers_{pool_, outbox_, workflow_, sagas_, saga_metrics_, {}};
};

TEST_F(SagaTimerTest, LeavesASagaThatIsNotDueAlone) {
  AcceptOne();

  EXPECT_EQ(Fire(), 0);
}

// A row's time stays behind that of its steps while replies come in; the timer corrects it.
TEST_F(SagaTimerTest, LeavesASagaAloneWhoseStepsActLaterThanItsRowSays) {
  AcceptOne();
  const std::string time = database_.QueryText("SELECT next_action_time::text FROM sagas");
  database_.Run("UPDATE sagas SET next_action_time = now() - interval '1 second'");

  EXPECT_EQ(Fire(), 0);

  EXPECT_EQ(database_.QueryText("SELECT next_action_time::text FROM sagas"), time);
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 1);
}

// As an orchestrator of before holds leaves it, which took a reply to a paused saga.
TEST_F(SagaTimerTest, TakesTheTimeFromTheRowOfAHeldSaga) {
  AcceptOne();
  LetAnHourPass();
  database_.Run("UPDATE sagas SET hold = 'PAUSED'");

  EXPECT_EQ(Fire(), 0);

  EXPECT_EQ(database_.QueryInt("SELECT count(*) FROM sagas WHERE next_action_time IS NOT NULL"), 0);
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 1);
}

TEST_F(SagaTimerTest, SendsCommandsAgainThatGotNoReplyAndThenWaits) {
  AcceptOne();
  LetAnHourPass();

  EXPECT_EQ(Fire(), 1);

  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 2);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 2);
  EXPECT_EQ(Fire(), 0);
}

TEST_F(SagaTimerTest, TellsThatMoreThanABatchIsDue) {
  AcceptOne();
  AcceptOne();
  LetAnHourPass();
  SagaTimerRunner one_by_one(pool_, outbox_, workflow_, sagas_, saga_metrics_, {.batch_max = 1});

  EXPECT_THAT(one_by_one.FireDue(),
              orderflow::testing::IsOkAndHolds(SagaTimerRunner::Fired{1, true}));
  EXPECT_THAT(one_by_one.FireDue(),
              orderflow::testing::IsOkAndHolds(SagaTimerRunner::Fired{1, true}));
  EXPECT_THAT(one_by_one.FireDue(),
              orderflow::testing::IsOkAndHolds(SagaTimerRunner::Fired{0, false}));
}

TEST_F(SagaTimerTest, TwoRunnersActOnceOnEachDueSaga) {
  for (int i = 0; i < 20; ++i) {
    AcceptOne();
  }
  LetAnHourPass();
  SagaTimerRunner other(pool_, outbox_, workflow_, sagas_, saga_metrics_, {});

  {
    std::jthread one([&] { EXPECT_TRUE(timers_.FireDue().ok()); });
    std::jthread two([&] { EXPECT_TRUE(other.FireDue().ok()); });
  }

  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 40);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 40);
}

TEST_F(SagaTimerTest, ADamagedSagaIsPostponedAndTheOthersAct) {
  const OrderId damaged = AcceptOne();
  AcceptOne();
  LetAnHourPass();
  database_.Run("UPDATE sagas SET steps = '[]' WHERE order_id = '" + damaged.value() + "'");

  EXPECT_EQ(Fire(), 2);

  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 3) << "two first ones, and one sent again";
  EXPECT_EQ(Fire(), 0);
}

// Number and time: one of them alone may come a second time, after a restore.
TEST_F(SagaTimerTest, PostponingADamagedSagaMakesAnotherVersionOfItsRow) {
  AcceptOne();
  LetAnHourPass();
  database_.Run(
      "UPDATE sagas SET steps = '[]', create_time = create_time - interval '1 hour', "
      "update_time = update_time - interval '1 hour'");

  EXPECT_EQ(Fire(), 1);

  EXPECT_EQ(database_.QueryInt("SELECT version FROM sagas"), 2);
  EXPECT_EQ(database_.QueryText(
                "SELECT update_time BETWEEN now() - interval '1 minute' AND now() FROM sagas"),
            "t");
}

// The reply that an older orchestrator skipped is asked for again, by the one that knows the saga.
TEST_F(SagaTimerTest, ASagaOfANewerDefinitionIsLeftToTheNewerOrchestratorWhichAsksAgain) {
  AcceptOne();
  LetAnHourPass();
  const std::string due = database_.QueryText("SELECT next_action_time::text FROM sagas");
  database_.Run("UPDATE sagas SET definition_version = 99");

  EXPECT_EQ(Fire(), 0);

  EXPECT_EQ(database_.QueryText("SELECT next_action_time::text FROM sagas"), due)
      << "not postponed";
  database_.Run("UPDATE sagas SET definition_version = 2");  // as the newer one sees it
  EXPECT_EQ(Fire(), 1);
  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 2);
}

TEST_F(SagaTimerTest, CountsSagasThatArePastDue) {
  AcceptOne();
  LetAnHourPass();

  const auto counts = sagas_.Count();

  ASSERT_TRUE(counts.ok()) << counts.status();
  EXPECT_EQ(counts->past_due, 1);
  EXPECT_EQ(counts->needs_attention, 0);
}

}  // namespace
}  // namespace orderflow::order
