// Proves what customers read: every template filled, every reason in words, and no way to break out
// of a line.
#include "services/notification/domain/email_templates.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::notification {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kOrder[] = "0190a8a0-0000-7000-8000-00000000000a";

OrderOutcome AnOutcome(Event event, Reason reason = Reason::kOther) {
  OrderOutcome outcome;
  outcome.order_id = OrderId(kOrder);
  outcome.email = "ada@example.com";
  outcome.total = {"EUR", 123456};
  outcome.event = event;
  outcome.reason = reason;
  return outcome;
}

TEST(RenderEmail, ConfirmedNamesOrderAndTotal) {
  const EmailText text = RenderEmail(AnOutcome(Event::kOrderConfirmed));

  EXPECT_EQ(text.subject, std::string("Your order ") + kOrder + " is confirmed");
  EXPECT_THAT(text.body, AllOf(HasSubstr(kOrder), HasSubstr("1234.56 EUR"), HasSubstr("paid"),
                               Not(HasSubstr("{")), Not(HasSubstr("Reason"))));
}

TEST(RenderEmail, RejectedSaysWhyAndThatNothingWasCharged) {
  OrderOutcome outcome = AnOutcome(Event::kOrderRejected, Reason::kOutOfStock);
  outcome.skus = {"jug", "mug"};

  const EmailText text = RenderEmail(outcome);

  EXPECT_THAT(text.subject, HasSubstr("could not be accepted"));
  EXPECT_THAT(text.body, AllOf(HasSubstr("not enough in stock of jug, mug"),
                               HasSubstr("have not been charged"), Not(HasSubstr("{"))));
}

TEST(RenderEmail, HasWordsForEveryReason) {
  OrderOutcome unknown = AnOutcome(Event::kOrderRejected, Reason::kUnknownSku);
  unknown.skus = {"ufo"};
  OrderOutcome other = AnOutcome(Event::kOrderRejected, Reason::kOther);
  other.reason_text = "something rare";

  EXPECT_THAT(RenderEmail(unknown).body, HasSubstr("no longer in our catalogue: ufo"));
  EXPECT_THAT(RenderEmail(AnOutcome(Event::kOrderRejected, Reason::kPaymentDeclined)).body,
              HasSubstr("payment was declined"));
  EXPECT_THAT(RenderEmail(AnOutcome(Event::kOrderCancelled, Reason::kCancelledByCustomer)).body,
              HasSubstr("cancelled at your request"));
  EXPECT_THAT(RenderEmail(other).body, HasSubstr("something rare"));
  EXPECT_THAT(RenderEmail(AnOutcome(Event::kOrderRejected)).body, HasSubstr("not given"));
}

TEST(RenderEmail, CancelledSaysWhereTheMoneyIs) {
  OrderOutcome refunded = AnOutcome(Event::kOrderCancelled, Reason::kCancelledByCustomer);
  refunded.refunded = true;
  OrderOutcome never_charged = refunded;
  never_charged.refunded = false;

  EXPECT_THAT(RenderEmail(refunded).body, HasSubstr("on its way back"));
  EXPECT_THAT(RenderEmail(never_charged).body, HasSubstr("have not been charged"));
  EXPECT_THAT(RenderEmail(refunded).subject, HasSubstr("is cancelled"));
}

TEST(RenderEmail, KeepsTextFromOutsideOnItsLine) {
  OrderOutcome outcome = AnOutcome(Event::kOrderCancelled, Reason::kCancelledByCustomer);
  outcome.reason_text = "changed my mind\r\n\r\nClick {here}";

  const EmailText text = RenderEmail(outcome);

  EXPECT_THAT(text.body, HasSubstr("at your request: changed my mind    Click {here}\n"));
  EXPECT_THAT(text.body, Not(HasSubstr("\r")));
}

}  // namespace
}  // namespace orderflow::notification
