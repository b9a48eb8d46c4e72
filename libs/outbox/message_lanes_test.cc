// Proves when a failed key is tried again; what may be sent next is proved through PendingMessages.
#include "libs/outbox/message_lanes.h"

#include <gtest/gtest.h>

namespace orderflow::outbox {
namespace {

using std::chrono::milliseconds;

OutboxMessage A(const std::string& id, const std::string& key) {
  OutboxMessage message;
  message.message_id = id;
  message.key = key;
  message.batch_id = id;
  return message;
}

TEST(MessageLanes, TriesAFailedKeyAgainAfterAPauseThatGrows) {
  MessageLanes lanes(10);
  MessageLanes::SteadyTime now;
  lanes.Add({A("1", "k")});

  EXPECT_TRUE(lanes.Fail(lanes.TakeReady(10, now)[0], now));
  EXPECT_FALSE(lanes.IsReady(now + milliseconds(19)));
  now = *lanes.NextRetry();
  EXPECT_TRUE(lanes.IsReady(now));

  EXPECT_TRUE(lanes.Fail(lanes.TakeReady(10, now)[0], now));
  EXPECT_EQ(*lanes.NextRetry(), now + milliseconds(40));
}

TEST(MessageLanes, ForgetsFailuresOnceTheKeyIsThrough) {
  MessageLanes lanes(10);
  MessageLanes::SteadyTime now;
  lanes.Add({A("1", "k")});
  lanes.Fail(lanes.TakeReady(10, now)[0], now);
  now = *lanes.NextRetry();
  EXPECT_FALSE(lanes.Acknowledge(lanes.TakeReady(10, now)[0], now));
  EXPECT_TRUE(lanes.IsAllAcknowledged());
  EXPECT_FALSE(lanes.NextRetry().has_value());

  lanes.Add({A("2", "k")});
  lanes.Fail(lanes.TakeReady(10, now)[0], now);

  EXPECT_EQ(*lanes.NextRetry(), now + milliseconds(20));
}

}  // namespace
}  // namespace orderflow::outbox
