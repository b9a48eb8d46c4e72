// Proves what a person reads about an action on a step of all sagas.

#include "tools/orderctl/step_text.h"

#include <gmock/gmock.h>

namespace orderflow::orderctl {
namespace {

using ::testing::HasSubstr;

order::v1::StepAction APause() {
  order::v1::StepAction action;
  action.mutable_step()->set_definition("place_order");
  action.mutable_step()->set_step("authorize_payment");
  action.set_paused(true);
  action.mutable_repair()->set_actor("ann");
  action.mutable_repair()->set_reason("ticket 8");
  action.add_commands("AuthorizePayment");
  action.add_commands("VoidPayment");
  action.mutable_backlog()->set_sagas(12);
  return action;
}

// Found by a review: a dry run did not say how many sagas it is about.
TEST(StepText, ADryRunSaysWhatChangesAndHowManySagasItIsAbout) {
  order::v1::StepAction action = APause();
  action.mutable_repair()->set_validate_only(true);

  EXPECT_EQ(StepActionText(action),
            "place_order.authorize_payment would be paused in all sagas; was RUNNING\n"
            "not sent while it is: AuthorizePayment, VoidPayment\n"
            "sagas that have it ahead or under way: 12\n");
}

TEST(StepText, AResumedStepSendsAgain) {
  order::v1::StepAction action = APause();
  action.set_paused(false);
  action.set_was_paused(true);
  action.mutable_backlog()->set_at_least(true);

  EXPECT_EQ(StepActionText(action),
            "place_order.authorize_payment is resumed in all sagas; was PAUSED\n"
            "sent again: AuthorizePayment, VoidPayment\n"
            "sagas that have it ahead or under way: at least 12\n");
}

TEST(StepText, TheLogSaysWhatIsPausedAndBeforeAndAfterOfEachAction) {
  order::v1::ListStepActionsResponse page;
  EXPECT_THAT(StepLogText(page, Terminal(false)), HasSubstr("paused now: nothing\n"));
  *page.add_paused_steps() = APause().step();
  *page.add_actions() = APause();
  page.mutable_actions(0)->clear_backlog();

  const std::string text = StepLogText(page, Terminal(false));

  for (const char* part : {"paused now: place_order.authorize_payment\n", "PAUSE", "ann",
                           "ticket 8", "RUNNING", "PAUSED", "not recorded"}) {
    EXPECT_THAT(text, HasSubstr(part));
  }
}

}  // namespace
}  // namespace orderflow::orderctl
