// Proves on a real PostgreSQL that a step is paused for every process that reads it, once per
// request, and that the record can only grow.

#include <gmock/gmock.h>

#include <thread>

#include "libs/base/errors.h"
#include "libs/messaging/topics.h"
#include "libs/testing/status_matchers.h"
#include "services/order/messaging/paused_steps_poller.h"
#include "services/order/messaging/saga_timer_runner.h"
#include "services/order/persistence/postgres_step_pauser.h"
#include "services/order/sagas/place_order_saga.h"
#include "tests/integration/order/order_fixture.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

class StepPauserTest : public OrderDatabaseTest {
 protected:
  StepActionRequest ARequest(StepActionKind kind, const std::string& step = kAuthorizePaymentStep) {
    return {.request_id = RequestId(ids_.NewId()),
            .kind = kind,
            .definition = kPlaceOrder,
            .step = step,
            .actor = "ann",
            .reason = "ticket 7"};
  }

  int64_t CountActions() { return database_.QueryInt("SELECT count(*) FROM step_actions"); }

  PostgresStepPauser pauser_{pool_};
};

TEST_F(StepPauserTest, APausedStepIsNotSentForNewOrdersUntilItIsResumed) {
  PausedStepsPoller poller(pauser_, workflow_);
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kPause)), IsOk());
  ASSERT_THAT(poller.Poll(), IsOk());

  AcceptOne();

  EXPECT_EQ(CountOutbox(messaging::kInventoryCommands), 1);
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 0);
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kResume)), IsOk());
  ASSERT_THAT(poller.Poll(), IsOk());
  database_.Run(
      "UPDATE sagas SET next_action_time = now() - interval '1 hour', steps = "
      "(SELECT jsonb_agg(CASE WHEN s ? 'next_action_time' THEN jsonb_set(s, '{next_action_time}', "
      "to_jsonb(to_char(now() - interval '1 hour', 'YYYY-MM-DD HH24:MI:SS.USOF'))) ELSE s END) "
      "FROM jsonb_array_elements(steps::jsonb) AS s)");
  SagaTimerRunner timers(pool_, outbox_, workflow_, sagas_, saga_metrics_, {});
  ASSERT_THAT(timers.FireDue(), IsOk());
  EXPECT_EQ(CountOutbox(messaging::kPaymentCommands), 1);
}

TEST_F(StepPauserTest, TheNewestActionOfEachStepTells) {
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kPause)), IsOk());
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kPause, kCapturePaymentStep)), IsOk());
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kResume, kCapturePaymentStep)), IsOk());

  const auto paused = pauser_.Paused();
  ASSERT_THAT(paused, IsOk());
  const auto actions = pauser_.List(/*before=*/0, /*limit=*/10);
  ASSERT_THAT(actions, IsOk());
  EXPECT_THAT(*paused,
              ElementsAre(Pair(Pair(kPlaceOrder, kAuthorizePaymentStep), actions->back().time)))
      << "since its own action, the oldest";
}

TEST_F(StepPauserTest, TheSameRequestActsOnceAlsoWhenItComesTwiceAtTheSameTime) {
  const StepActionRequest request = ARequest(StepActionKind::kPause);
  std::vector<absl::StatusOr<StepAction>> answers(8, absl::UnknownError("not asked"));
  {
    std::vector<std::jthread> threads;
    for (auto& answer : answers) {
      threads.emplace_back([&] { answer = pauser_.Act(request); });
    }
  }

  for (const auto& answer : answers) {
    ASSERT_THAT(answer, IsOk());
    EXPECT_EQ(answer->action_id, answers.front()->action_id);
  }
  EXPECT_EQ(CountActions(), 1);
}

TEST_F(StepPauserTest, ADryRunSaysWhetherItIsPossibleAndStoresNothing) {
  StepActionRequest request = ARequest(StepActionKind::kPause);
  request.validate_only = true;

  const auto dry = pauser_.Act(request);

  ASSERT_THAT(dry, IsOk());
  EXPECT_FALSE(dry->was_paused);
  EXPECT_EQ(dry->backlog, (StepBacklog{.sagas = 0, .at_least = false}));
  EXPECT_EQ(CountActions(), 0);
  EXPECT_THAT(pauser_.Paused(), IsOkAndHolds(IsEmpty()));
}

// Found by a review: neither the dry run nor the record said how many sagas a pause is about.
TEST_F(StepPauserTest, CountsTheOpenSagasThatHaveTheStepAheadOrUnderWay) {
  AcceptOne();
  const OrderId authorized = AcceptOne();
  const OrderId undone = AcceptOne();
  ASSERT_THAT(Handle({AReply(authorized, kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE),
                      AReply(undone, kAuthorizePaymentStep, v1::STEP_OUTCOME_DONE),
                      AReply(undone, kReserveStockStep, v1::STEP_OUTCOME_REFUSED)}),
              IsOk());

  const auto authorization = pauser_.Act(ARequest(StepActionKind::kPause));
  const auto capture = pauser_.Act(ARequest(StepActionKind::kPause, kCapturePaymentStep));
  const auto resumed = pauser_.Act(ARequest(StepActionKind::kResume));
  const auto listed = pauser_.List(/*before=*/0, /*limit=*/1);

  ASSERT_THAT(authorization, IsOk());
  EXPECT_FALSE(authorization->was_paused);
  EXPECT_EQ(authorization->backlog, (StepBacklog{.sagas = 2, .at_least = false}))
      << "one is authorized; the hold of another one must be lifted";
  ASSERT_THAT(capture, IsOk());
  EXPECT_EQ(capture->backlog, (StepBacklog{.sagas = 2, .at_least = false}))
      << "one will never capture";
  ASSERT_THAT(resumed, IsOk());
  EXPECT_TRUE(resumed->was_paused);
  ASSERT_THAT(listed, IsOk());
  ASSERT_EQ(listed->size(), 1U);
  EXPECT_TRUE(listed->front().was_paused);
  EXPECT_EQ(listed->front().backlog, resumed->backlog);
}

TEST_F(StepPauserTest, CountsNoFurtherThanTenThousandOpenSagas) {
  AcceptOne();
  database_.Run(
      "INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from,"
      " steps, refusal, traceparent, version, next_action_time, create_time, update_time)"
      " SELECT gen_random_uuid(), gen_random_uuid(), definition, definition_version, state,"
      " parked_from, steps, refusal, traceparent, version, next_action_time, create_time,"
      " update_time FROM sagas, generate_series(1, 10100)");

  const auto action = pauser_.Act(ARequest(StepActionKind::kPause));

  ASSERT_THAT(action, IsOk());
  EXPECT_EQ(action->backlog, (StepBacklog{.sagas = 10'001, .at_least = true}));
}

TEST_F(StepPauserTest, RefusesWhatChangesNothingAndAnotherUseOfARequestId) {
  const auto not_paused = pauser_.Act(ARequest(StepActionKind::kResume));
  EXPECT_THAT(not_paused, StatusIs(absl::StatusCode::kFailedPrecondition));
  StepActionRequest request = ARequest(StepActionKind::kPause);
  ASSERT_THAT(pauser_.Act(request), IsOk());

  const auto paused_already = pauser_.Act(ARequest(StepActionKind::kPause));
  request.step = kCapturePaymentStep;
  const auto reused = pauser_.Act(request);

  EXPECT_EQ(DetailsOf(paused_already.status()).reason, "STEP_ACTION_NOT_POSSIBLE");
  EXPECT_THAT(reused, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(CountActions(), 1);
}

TEST_F(StepPauserTest, ListsNewestFirstInPages) {
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kPause)), IsOk());
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kResume)), IsOk());

  const auto first = pauser_.List(/*before=*/0, /*limit=*/1);
  ASSERT_THAT(first, IsOk());
  ASSERT_EQ(first->size(), 1U);
  const auto second = pauser_.List(first->front().action_id, /*limit=*/5);

  EXPECT_EQ(first->front().request.kind, StepActionKind::kResume);
  ASSERT_THAT(second, IsOk());
  ASSERT_EQ(second->size(), 1U);
  EXPECT_EQ(second->front().request.kind, StepActionKind::kPause);
  EXPECT_EQ(second->front().request.actor, "ann");
}

TEST_F(StepPauserTest, TheRecordCanOnlyGrow) {
  ASSERT_THAT(pauser_.Act(ARequest(StepActionKind::kPause)), IsOk());

  for (const char* sql : {"UPDATE step_actions SET actor = 'bob'", "DELETE FROM step_actions"}) {
    const postgres::Statement statement{"test_change_the_record", sql};
    EXPECT_FALSE(pool_
                     .RunInTransaction([&](postgres::Transaction& transaction) {
                       return transaction.Execute(statement).status();
                     })
                     .ok())
        << sql;
  }
}

}  // namespace
}  // namespace orderflow::order
