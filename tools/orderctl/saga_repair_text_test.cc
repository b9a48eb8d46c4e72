// Proves what a person reads about an action on a saga: what changes and what is sent.

#include "tools/orderctl/saga_repair_text.h"

#include <gmock/gmock.h>

namespace orderflow::orderctl {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

order::v1::SagaAction ARetry() {
  order::v1::SagaAction action;
  action.set_order_id("o-1");
  action.mutable_repair()->set_kind(order::v1::SAGA_ACTION_KIND_RETRY);
  action.mutable_repair()->set_actor("ann");
  action.mutable_repair()->set_reason("ticket 7");
  action.mutable_saga_before()->set_state(order::v1::SAGA_STATE_NEEDS_ATTENTION);
  action.mutable_saga_after()->set_state(order::v1::SAGA_STATE_RUNNING);
  for (order::v1::Saga* saga : {action.mutable_saga_before(), action.mutable_saga_after()}) {
    saga->set_hold(order::v1::SAGA_HOLD_NONE);
    saga->add_steps()->set_name("reserve_stock");
    saga->mutable_steps(0)->set_state(order::v1::SAGA_STEP_STATE_EXECUTING);
  }
  action.mutable_saga_before()->mutable_steps(0)->set_attempts(60);
  action.mutable_saga_after()->mutable_steps(0)->set_attempts(1);
  action.add_commands()->set_command("ReserveStock");
  return action;
}

TEST(SagaRepairText, ShowsWhatChangesAndWhatIsSent) {
  const std::string text = SagaActionText(ARetry(), Terminal(false));

  EXPECT_THAT(text, HasSubstr("RETRY of order o-1 is done\nsends     ReserveStock\n"));
  EXPECT_THAT(text, HasSubstr("state          NEEDS_ATTENTION"));
  EXPECT_THAT(text, HasSubstr("EXECUTING, attempt 60"));
  EXPECT_THAT(text, HasSubstr("EXECUTING, attempt 1"));
  EXPECT_THAT(text, Not(HasSubstr("hold"))) << "it does not change";
}

// Found by a review: an action that ends a saga was said to send nothing, although an event and so
// an e-mail follows.
TEST(SagaRepairText, ShowsTheEventsBesideTheCommands) {
  order::v1::SagaAction action = ARetry();
  action.add_events("OrderCancellationStarted");
  action.add_events("OrderCancelled");
  EXPECT_THAT(SagaActionText(action, Terminal(false)),
              HasSubstr("sends     ReserveStock, event OrderCancellationStarted, event "
                        "OrderCancelled\n"));
  action.clear_commands();
  EXPECT_THAT(SagaActionText(action, Terminal(false)),
              HasSubstr("sends     event OrderCancellationStarted, event OrderCancelled\n"));
  action.clear_events();
  EXPECT_THAT(SagaActionText(action, Terminal(false)), HasSubstr("sends     nothing\n"));

  order::v1::ListSagaActionsResponse page;
  *page.add_actions() = ARetry();
  page.mutable_actions(0)->add_events("OrderConfirmed");
  EXPECT_THAT(SagaActionsText(page, Terminal(false)), HasSubstr("event OrderConfirmed"));
}

TEST(SagaRepairText, ADryRunSaysThatNothingWasDone) {
  order::v1::SagaAction action = ARetry();
  action.mutable_repair()->set_validate_only(true);

  EXPECT_THAT(SagaActionText(action, Terminal(false)), HasSubstr("is possible; nothing was done"));
}

TEST(SagaRepairText, CountsBatchesAndNamesWhatWasRefused) {
  order::v1::BatchRepairSagasResponse batch;
  *batch.add_results()->mutable_action() = ARetry();
  batch.add_results()->set_order_id("o-2");
  batch.mutable_results(1)->mutable_error()->set_message("it has no stuck step");
  RepairTotals totals;

  Count(batch, totals);
  Count(batch, totals);

  EXPECT_EQ(TotalsText(totals, false), "2 done, 2 refused");
  EXPECT_EQ(TotalsText(totals, true), "2 would be done, 2 refused");
  EXPECT_EQ(RepairResultsText(batch, Terminal(false)), "o-2 refused: it has no stuck step\n");
}

// Found by a review: a bulk dry run only counted.
TEST(SagaRepairText, ADryRunInBulkShowsWhatWouldBeSentAndChanged) {
  order::v1::BatchRepairSagasResponse batch;
  *batch.add_results()->mutable_action() = ARetry();
  batch.mutable_results(0)->mutable_action()->mutable_repair()->set_validate_only(true);
  batch.add_results()->set_order_id("o-2");
  batch.mutable_results(1)->mutable_error()->set_message("it has no stuck step");

  const std::string text = RepairResultsText(batch, Terminal(false));

  EXPECT_THAT(text, HasSubstr("RETRY of order o-1 is possible; nothing was done\n"
                              "sends     ReserveStock\n"));
  EXPECT_THAT(text, HasSubstr("EXECUTING, attempt 60"));
  EXPECT_THAT(text, HasSubstr("\no-2 refused: it has no stuck step\n"));
}

TEST(SagaRepairText, ListsWhoDidWhatAndWhy) {
  order::v1::ListSagaActionsResponse page;
  *page.add_actions() = ARetry();

  const std::string text = SagaActionsText(page, Terminal(false));

  for (const char* part : {"o-1", "RETRY", "ann", "ticket 7", "RUNNING", "ReserveStock"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace orderflow::orderctl
