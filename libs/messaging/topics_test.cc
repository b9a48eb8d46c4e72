// Proves that the list of topics, from which they are created, holds each topic and its dead letter
// queue once.
#include "libs/messaging/topics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::messaging {
namespace {

TEST(Topics, ListsEachTopicWithItsDeadLetterQueue) {
  EXPECT_THAT(AllTopics(), ::testing::UnorderedElementsAre(
                               "inventory.commands", "payment.commands", "order.replies",
                               "order.events", "inventory.commands.dlq", "payment.commands.dlq",
                               "order.replies.dlq", "order.events.dlq"));
  EXPECT_EQ(DeadLetterTopic(kOrderEvents), "order.events.dlq");
}

TEST(Topics, APackedTopicKeepsNothingBehindADeadLetter) {
  for (const std::string& topic : PackedTopics()) {
    EXPECT_FALSE(LaterRecordsWait(topic)) << "messages of one key can stand at one offset there";
    EXPECT_FALSE(IsDeadLetterTopic(topic));
    EXPECT_TRUE(IsDeadLetterTopic(DeadLetterTopic(topic)));
  }
}

}  // namespace
}  // namespace orderflow::messaging
