// Proves what becomes of a notification after each way a try can end.
#include "services/notification/domain/delivery.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::notification {
namespace {

using ::testing::HasSubstr;

const DeliveryPolicy kPolicy{
    .attempts_max = 3,
    .backoff = {.initial = std::chrono::seconds(2), .max = std::chrono::seconds(60)}};

Notification Claimed(int attempts) {
  Notification notification;
  notification.notification_id = NotificationId("n-1");
  notification.claim_id = "claim-1";
  notification.state = State::kSending;
  notification.attempts = attempts;
  notification.last_error = "the error before";
  return notification;
}

TEST(DecideDelivery, AcceptedIsSent) {
  const DeliveryUpdate update =
      DecideDelivery(Claimed(2), {SendOutcome::kAccepted, ""}, kPolicy, 0.5);

  EXPECT_EQ(update.state, State::kSent);
  EXPECT_EQ(update.notification_id, NotificationId("n-1"));
  EXPECT_EQ(update.claim_id, "claim-1");
  EXPECT_EQ(update.attempts, 2);
  EXPECT_EQ(update.last_error, "");
}

TEST(DecideDelivery, TemporaryRefusalWaitsLongerEachTime) {
  const SendResult later{SendOutcome::kTryLater, "greylisted"};

  const DeliveryUpdate first = DecideDelivery(Claimed(1), later, kPolicy, 0.5);
  const DeliveryUpdate second = DecideDelivery(Claimed(2), later, kPolicy, 0.5);

  EXPECT_EQ(first.state, State::kPending);
  EXPECT_EQ(first.retry_delay, std::chrono::seconds(1));
  EXPECT_EQ(second.state, State::kPending);
  EXPECT_EQ(second.retry_delay, std::chrono::seconds(2));
  EXPECT_EQ(second.last_error, "greylisted");
}

TEST(DecideDelivery, ParksWhenTriesRunOut) {
  const DeliveryUpdate update =
      DecideDelivery(Claimed(3), {SendOutcome::kTryLater, "greylisted"}, kPolicy, 0.5);

  EXPECT_EQ(update.state, State::kParked);
  EXPECT_THAT(update.last_error, HasSubstr("3 tries"));
  EXPECT_THAT(update.last_error, HasSubstr("greylisted"));
}

TEST(DecideDelivery, ParksARefusalAtOnce) {
  const DeliveryUpdate update =
      DecideDelivery(Claimed(1), {SendOutcome::kRefused, "no such mailbox"}, kPolicy, 0.5);

  EXPECT_EQ(update.state, State::kParked);
  EXPECT_EQ(update.last_error, "no such mailbox");
}

TEST(DecideDelivery, NeverRepeatsATryInDoubt) {
  const DeliveryUpdate update =
      DecideDelivery(Claimed(1), {SendOutcome::kInDoubt, "connection lost"}, kPolicy, 0.5);

  EXPECT_EQ(update.state, State::kParked);
  EXPECT_THAT(update.last_error, HasSubstr("may have been delivered"));
}

TEST(DecideDelivery, HandsBackWhatWasNotBegunWithoutCountingIt) {
  const DeliveryUpdate update =
      DecideDelivery(Claimed(2), {SendOutcome::kNotTried, ""}, kPolicy, 0.5);

  EXPECT_EQ(update.state, State::kPending);
  EXPECT_EQ(update.attempts, 1);
  EXPECT_EQ(update.retry_delay, Duration::zero());
  EXPECT_EQ(update.last_error, "the error before");
}

}  // namespace
}  // namespace orderflow::notification
