// Proves which notification follows from an order's end, and that a bad address never gets a mail.
#include "services/notification/domain/order_outcome.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::notification {
namespace {

OrderOutcome AnOutcome(const std::string& email) {
  OrderOutcome outcome;
  outcome.order_id = OrderId("0190a8a0-0000-7000-8000-00000000000a");
  outcome.customer_id = CustomerId("ada");
  outcome.email = email;
  outcome.total = {"EUR", 100};
  return outcome;
}

TEST(NotificationOf, IsDueAtOnce) {
  const Notification notification =
      NotificationOf(AnOutcome("ada@example.com"), NotificationId("n-1"));

  EXPECT_EQ(notification.state, State::kPending);
  EXPECT_EQ(notification.notification_id, NotificationId("n-1"));
  EXPECT_EQ(notification.customer_id, CustomerId("ada"));
  EXPECT_EQ(notification.recipient, "ada@example.com");
  EXPECT_EQ(notification.attempts, 0);
  EXPECT_FALSE(notification.subject.empty());
  EXPECT_FALSE(notification.body.empty());
}

TEST(NotificationOf, ParksAnAddressThatCannotBeOne) {
  for (const char* email :
       {"", "ada", "ada@example.com\r\nBcc: all@example.com", "a b@example.com"}) {
    const Notification notification = NotificationOf(AnOutcome(email), NotificationId("n-1"));

    EXPECT_EQ(notification.state, State::kParked) << email;
    EXPECT_EQ(notification.recipient, "") << email;
    EXPECT_FALSE(notification.last_error.empty()) << email;
  }
}

TEST(StateNames, AreReadBackAsWritten) {
  for (const State state : {State::kPending, State::kSending, State::kSent, State::kParked}) {
    EXPECT_EQ(ParseState(ToString(state)), state);
  }
  for (const Event event :
       {Event::kOrderConfirmed, Event::kOrderRejected, Event::kOrderCancelled}) {
    EXPECT_EQ(ParseEvent(ToString(event)), event);
  }
  EXPECT_EQ(ParseState("LOST"), std::nullopt);
  EXPECT_EQ(ParseEvent(""), std::nullopt);
  EXPECT_EQ(ParseChannel(ToString(Channel::kEmail)), Channel::kEmail);
}

}  // namespace
}  // namespace orderflow::notification
