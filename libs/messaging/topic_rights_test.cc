// Proves that the rights to topics are what promises need and no more: commands have one reader,
// who reads a topic may put its records aside, and what is named is there.
#include "libs/messaging/topic_rights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "libs/messaging/topics.h"

namespace orderflow::messaging {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

using Names = std::vector<std::string>;

Names PrincipalsThat(Names TopicRights::*may, const std::string& topic) {
  Names principals;
  for (const TopicRights& rights : AllTopicRights()) {
    if (std::count((rights.*may).begin(), (rights.*may).end(), topic) > 0) {
      principals.push_back(rights.principal);
    }
  }
  return principals;
}

TEST(TopicRights, AreOfTopicsThatThereAre) {
  for (const TopicRights& rights : AllTopicRights()) {
    EXPECT_THAT(AllTopics(), IsSupersetOf(rights.reads)) << rights.principal;
    EXPECT_THAT(AllTopics(), IsSupersetOf(rights.writes)) << rights.principal;
  }
  for (const std::string& topic : AllTopics()) {
    EXPECT_FALSE(PrincipalsThat(&TopicRights::reads, topic).empty()) << topic;
    EXPECT_FALSE(PrincipalsThat(&TopicRights::writes, topic).empty()) << topic;
  }
}

// They hold payment tokens.
TEST(TopicRights, PaymentCommandsAreReadByPaymentServiceAlone) {
  EXPECT_THAT(PrincipalsThat(&TopicRights::reads, kPaymentCommands),
              ElementsAre("payment-service"));
}

TEST(TopicRights, WhoReadsAsAGroupOfItsNameMayPutRecordsAside) {
  for (const TopicRights& rights : AllTopicRights()) {
    if (std::count(rights.groups.begin(), rights.groups.end(), rights.principal) > 0) {
      EXPECT_THAT(rights.writes, Contains(DeadLetterTopic(rights.reads.front())))
          << rights.principal;
    }
  }
}

// Each publishes what the other has left in the outbox that both share.
TEST(TopicRights, OrderServiceAndOrchestratorMayWriteTheSame) {
  std::set<Names> writes;
  for (const TopicRights& rights : AllTopicRights()) {
    if (rights.principal == "order-service" || rights.principal == "saga-orchestrator") {
      writes.insert(rights.writes);
    }
  }

  EXPECT_EQ(writes.size(), 1U);
}

TEST(TopicRights, NobodyMayJoinTheGroupOfAnother) {
  std::set<std::string> groups;
  for (const TopicRights& rights : AllTopicRights()) {
    for (const std::string& group : rights.groups) {
      EXPECT_TRUE(groups.insert(group).second) << group;
    }
  }
}

TEST(TopicRights, AreShownAsATable) {
  EXPECT_THAT(DescribeTopicRights(),
              HasSubstr("| `notification-service` | `notification-service` | `order.events` | "
                        "`order.events.dlq` |\n"));
}

}  // namespace
}  // namespace orderflow::messaging
