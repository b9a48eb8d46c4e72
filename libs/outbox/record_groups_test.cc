// Proves which messages share a record: those of one topic and partition, within the limits, and
// never so that messages of a key leave their order.
#include "libs/outbox/record_groups.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "fmt/format.h"
#include "libs/messaging/kafka.h"

namespace orderflow::outbox {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;
using Groups = std::vector<std::vector<OutboxMessage>>;

OutboxMessage A(const std::string& id, const std::string& key, const std::string& topic = "t") {
  OutboxMessage message;
  message.message_id = id;
  message.key = key;
  message.topic = topic;
  return message;
}

OutboxMessage ARedriven(const std::string& id, const std::string& key) {
  OutboxMessage message = A(id, key);
  message.headers_json = R"({"redriven_from": "t.dlq/0/1"})";
  return message;
}

OutboxMessage Large(const std::string& id, const std::string& key, size_t bytes) {
  OutboxMessage message = A(id, key);
  message.payload.assign(bytes, 'x');
  return message;
}

Groups Group(std::vector<OutboxMessage> messages, RecordLimits limits = {.messages_max = 64},
             int partitions = 1) {
  limits.topics = {"t", "u"};
  return GroupIntoRecords(std::move(messages), limits,
                          [partitions](const std::string&) { return partitions; });
}

// The ids of each group, joined by "+".
std::vector<std::string> Ids(const Groups& groups) {
  std::vector<std::string> ids;
  for (const auto& group : groups) {
    std::string joined;
    for (const OutboxMessage& message : group) {
      joined += (joined.empty() ? "" : "+") + message.message_id;
    }
    ids.push_back(std::move(joined));
  }
  return ids;
}

TEST(RecordGroups, MessagesOfOneTopicAndPartitionShareARecord) {
  EXPECT_THAT(
      Ids(Group({A("1", "a"), A("2", "b", "u"), A("3", "b"), A("4", "a"), A("5", "a", "u")})),
      ElementsAre("1+3+4", "2+5"));
}

TEST(RecordGroups, KeysOfDifferentPartitionsDoNot) {
  constexpr int kPartitions = 5;
  std::vector<OutboxMessage> messages;
  for (int i = 0; i < 200; ++i) {
    messages.push_back(A(fmt::format("{}", i), fmt::format("key-{}", i)));
  }

  const Groups groups = Group(std::move(messages), {.messages_max = 64}, kPartitions);

  EXPECT_THAT(groups, SizeIs(kPartitions));
  for (const auto& group : groups) {
    for (const OutboxMessage& message : group) {
      EXPECT_EQ(messaging::PartitionOf(message.key, kPartitions),
                messaging::PartitionOf(group.front().key, kPartitions));
    }
  }
}

TEST(RecordGroups, AreBoundedInMessagesAndBytes) {
  EXPECT_THAT(Ids(Group({A("1", "a"), A("2", "a"), A("3", "a")}, {.messages_max = 2})),
              ElementsAre("1+2", "3"));
  EXPECT_THAT(Ids(Group({Large("1", "a", 500), Large("2", "a", 500), Large("3", "a", 500)},
                        {.messages_max = 64, .bytes_max = 1500})),
              ElementsAre("1+2", "3"));
}

TEST(RecordGroups, ALargeMessageTravelsAloneAndWhatFollowsItComesAfterIt) {
  EXPECT_THAT(Ids(Group({A("1", "a"), Large("2", "a", 3000), A("3", "a"), A("4", "a")},
                        {.messages_max = 64, .bytes_max = 2000})),
              ElementsAre("1", "2", "3+4"));
}

TEST(RecordGroups, AMessageWithFurtherHeadersTravelsAlone) {
  EXPECT_THAT(Ids(Group({A("1", "a"), ARedriven("2", "a"), A("3", "a")})),
              ElementsAre("1", "2", "3"));
}

TEST(RecordGroups, WithoutAKeyThereIsNoPartitionToShare) {
  EXPECT_THAT(Ids(Group({A("1", ""), A("2", "")})), ElementsAre("1", "2"));
}

TEST(RecordGroups, WhileThePartitionsAreNotKnownEachTravelsAlone) {
  EXPECT_THAT(Ids(Group({A("1", "a"), A("2", "a")}, {.messages_max = 64}, /*partitions=*/0)),
              ElementsAre("1", "2"));
}

TEST(RecordGroups, OtherTopicsHaveOneMessagePerRecord) {
  EXPECT_THAT(Ids(Group({A("1", "a", "order.events"), A("2", "a", "order.events")})),
              ElementsAre("1", "2"));
}

TEST(RecordGroups, ByDefaultEachMessageHasARecordOfItsOwn) {
  EXPECT_THAT(Ids(Group({A("1", "a"), A("2", "a")}, RecordLimits{})), ElementsAre("1", "2"));
}

TEST(RecordGroups, MessagesOfAKeyKeepTheirOrderWhateverTravelsWithThem) {
  std::minstd_rand random(1);
  for (int round = 0; round < 200; ++round) {
    std::vector<OutboxMessage> messages;
    for (int i = 0; i < 60; ++i) {
      const std::string id = fmt::format("{:03}", i);
      const std::string key = fmt::format("key-{}", random() % 6);
      switch (random() % 8) {
        case 0:
          messages.push_back(ARedriven(id, key));
          break;
        case 1:
          messages.push_back(Large(id, key, random() % 3000));
          break;
        default:
          messages.push_back(A(id, key, random() % 2 == 0 ? "t" : "u"));
      }
    }

    const Groups groups = Group(messages, {.messages_max = 1 + random() % 9, .bytes_max = 2000}, 3);

    std::map<std::pair<std::string, std::string>, std::string> last;
    size_t count = 0;
    for (const auto& group : groups) {
      ASSERT_FALSE(group.empty());
      for (const OutboxMessage& message : group) {
        std::string& before = last[{message.topic, message.key}];
        EXPECT_LT(before, message.message_id) << "round " << round;
        before = message.message_id;
        ++count;
      }
    }
    EXPECT_EQ(count, messages.size());
  }
}

}  // namespace
}  // namespace orderflow::outbox
