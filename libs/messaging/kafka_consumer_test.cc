// Proves what the group and the broadcast consumer promise: positions come from the listener, order
// and seeks hold, partitions move between members, lost positions and a lost broker are told, and
// everything goes on afterwards. Runs against librdkafka's mock broker.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <set>

#include "libs/base/errors.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_group_consumer.h"
#include "libs/messaging/testing/kafka_mock_cluster.h"
#include "libs/messaging/testing/send_all.h"

namespace orderflow::messaging {
namespace {

using ::testing::ElementsAre;

constexpr char kTopic[] = "inventory.commands";
constexpr char kGroup[] = "inventory-service";
constexpr size_t kAll = 1000;
constexpr Duration kPoll = std::chrono::milliseconds(100);
constexpr Duration kLong = std::chrono::seconds(30);

class RecordingListener final : public AssignmentListener {
 public:
  absl::StatusOr<std::map<TopicPartition, int64_t>> OnAssigned(
      const std::vector<TopicPartition>& partitions) override {
    ++calls;
    if (!failure.ok()) {
      return failure;
    }
    std::map<TopicPartition, int64_t> starts;
    for (const TopicPartition& partition : partitions) {
      assigned.insert(partition);
      starts[partition] = start;
    }
    return starts;
  }
  void OnRevoked(const std::vector<TopicPartition>& partitions) override {
    for (const TopicPartition& partition : partitions) {
      assigned.erase(partition);
    }
  }

  int64_t start = kOffsetBeginning;
  absl::Status failure;
  int calls = 0;
  std::set<TopicPartition> assigned;
};

// Polls until `done`, which sees each outcome, or until the time is up. PollBatch itself waits.
void PollUntil(Consumer& consumer,
               const std::function<bool(const absl::StatusOr<std::vector<Record>>&)>& done,
               size_t batch_max = kAll) {
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (!done(consumer.PollBatch(batch_max, kPoll))) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not happen";
  }
}

// Polls, whatever comes, until `condition` holds.
void PollWhileNot(Consumer& consumer, const std::function<bool()>& condition) {
  PollUntil(consumer, [&condition](const auto&) { return condition(); });
}

// The next `count` records.
std::vector<Record> PollRecords(Consumer& consumer, size_t count) {
  std::vector<Record> records;
  PollUntil(consumer, [&](const auto& batch) {
    if (batch.ok()) {
      records.insert(records.end(), batch->begin(), batch->end());
    }
    return records.size() >= count;
  });
  return records;
}

std::vector<std::string> PollValues(Consumer& consumer, size_t count) {
  std::vector<std::string> values;
  for (const Record& record : PollRecords(consumer, count)) {
    values.push_back(record.value);
  }
  return values;
}

// The first error that polling gives.
absl::Status PollError(Consumer& consumer) {
  absl::Status error;
  PollUntil(consumer, [&error](const auto& batch) {
    error = batch.status();
    return !error.ok();
  });
  return error;
}

class KafkaConsumerTest : public ::testing::Test {
 protected:
  std::unique_ptr<Consumer> Join(RecordingListener& listener) {
    auto consumer = MakeKafkaConsumer(cluster_.Options(), kGroup, {kTopic}, listener);
    EXPECT_TRUE(consumer.ok()) << consumer.status();
    return *std::move(consumer);
  }
  void Send(const std::vector<std::string>& values, const std::string& key = "order-1") {
    if (producer_ == nullptr) {
      producer_ = *MakeKafkaProducer(cluster_.Options());
    }
    std::vector<Record> records;
    for (const std::string& value : values) {
      records.push_back({.topic = kTopic,
                         .key = key,
                         .value = value,
                         .headers = {{"ce_id", "id-" + value}, {"traceparent", "t"}}});
    }
    ASSERT_TRUE(SendAll(*producer_, records).ok());
  }

  KafkaMockCluster cluster_{4, kTopic};
  std::unique_ptr<Producer> producer_;
  RecordingListener listener_;
};

TEST_F(KafkaConsumerTest, ReplacesAClientThatIsBrokenForGood) {
  const auto consumer = *KafkaGroupConsumer::Make(cluster_.Options(), kGroup, {kTopic}, listener_);
  PollWhileNot(*consumer, [this] { return !listener_.assigned.empty(); });

  consumer->BreakForTest();

  PollWhileNot(*consumer, [this] { return listener_.assigned.empty(); });
  EXPECT_EQ(consumer->PollBatch(kAll, kPoll).status().code(), absl::StatusCode::kUnavailable);
  Send({"a"});
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("a"));
}

TEST_F(KafkaConsumerTest, ReadsAKeyInOrderWithItsHeaders) {
  Send({"a", "b", "c"});
  const auto consumer = Join(listener_);

  const std::vector<Record> records = PollRecords(*consumer, 3);

  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].value, "a");
  EXPECT_EQ(records[2].value, "c");
  EXPECT_EQ(records[0].topic, kTopic);
  EXPECT_EQ(records[0].key, "order-1");
  EXPECT_EQ(records[1].headers.at("ce_id"), "id-b");
  EXPECT_EQ(records[1].headers.at("traceparent"), "t");
  EXPECT_EQ(records[2].offset, 2);
  EXPECT_EQ(listener_.assigned.size(), 4u);
  PollWhileNot(*consumer, [&] { return consumer->Lag() == 0; });
}

TEST_F(KafkaConsumerTest, KeepsBatchesWithinTheirBound) {
  Send({"a", "b", "c"});
  const auto consumer = Join(listener_);
  size_t largest = 0;
  size_t total = 0;

  PollUntil(
      *consumer,
      [&](const auto& batch) {
        largest = std::max(largest, batch.ok() ? batch->size() : 0);
        total += batch.ok() ? batch->size() : 0;
        return total >= 3;
      },
      /*batch_max=*/2);

  EXPECT_EQ(total, 3u);
  EXPECT_LE(largest, 2u);
}

TEST_F(KafkaConsumerTest, StartsWhereTheListenerSays) {
  Send({"a", "b", "c"});
  listener_.start = 1;
  const auto consumer = Join(listener_);

  EXPECT_THAT(PollValues(*consumer, 2), ElementsAre("b", "c"));
}

TEST_F(KafkaConsumerTest, AsksTheListenerAgainAfterAnError) {
  Send({"a"});
  listener_.failure = absl::UnavailableError("no database");
  const auto consumer = Join(listener_);
  PollWhileNot(*consumer, [&] { return listener_.calls >= 2; });
  EXPECT_EQ(consumer->PollBatch(kAll, kPoll).status().code(), absl::StatusCode::kUnavailable);

  listener_.failure = absl::OkStatus();

  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("a"));
}

TEST_F(KafkaConsumerTest, SeeksBack) {
  Send({"a", "b", "c"});
  const auto consumer = Join(listener_);
  const std::vector<Record> records = PollRecords(*consumer, 3);
  ASSERT_EQ(records.size(), 3u);

  ASSERT_TRUE(consumer->Seek({kTopic, records[0].partition}, 1).ok());

  EXPECT_THAT(PollValues(*consumer, 2), ElementsAre("b", "c"));
  EXPECT_EQ(consumer->Seek({"other", 0}, 0).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(KafkaConsumerTest, SaysWhichPartitionLostItsPositionAndGoesOnAfterASeek) {
  Send({"a"});
  listener_.start = 1000;
  const auto consumer = Join(listener_);

  std::set<int> lost;
  std::vector<std::string> values;
  PollUntil(*consumer, [&](const auto& batch) {
    if (batch.ok()) {
      for (const Record& record : *batch) {
        values.push_back(record.value);
      }
    } else if (absl::IsOutOfRange(batch.status())) {
      const ErrorDetails details = DetailsOf(batch.status());
      EXPECT_EQ(details.metadata.at(kMetadataTopic), kTopic);
      const int partition = std::stoi(details.metadata.at(kMetadataPartition));
      lost.insert(partition);
      EXPECT_TRUE(consumer->Seek({kTopic, partition}, kOffsetBeginning).ok());
    }
    return lost.size() == 4 && !values.empty();
  });

  EXPECT_THAT(values, ElementsAre("a"));
  Send({"b"});
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("b"));
}

TEST_F(KafkaConsumerTest, SharesPartitionsWithOtherMembersAndTakesThemBack) {
  RecordingListener second_listener;
  const auto first = Join(listener_);
  PollWhileNot(*first, [&] { return listener_.assigned.size() == 4; });

  auto second = Join(second_listener);
  PollWhileNot(*first, [&] {
    static_cast<void>(second->PollBatch(kAll, kPoll));
    return listener_.assigned.size() == 2 && second_listener.assigned.size() == 2;
  });

  second->Close();
  second.reset();
  EXPECT_TRUE(second_listener.assigned.empty());
  PollWhileNot(*first, [&] { return listener_.assigned.size() == 4; });
}

TEST_F(KafkaConsumerTest, TellsThatTheBrokerIsAwayAndGoesOn) {
  const auto consumer = Join(listener_);
  PollWhileNot(*consumer, [&] { return listener_.assigned.size() == 4; });

  cluster_.SetUp(false);
  EXPECT_EQ(PollError(*consumer).code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(consumer->PollBatch(kAll, kPoll).status().code(), absl::StatusCode::kUnavailable);
  cluster_.SetUp(true);

  Send({"a"});
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("a"));
  PollUntil(*consumer, [](const auto& batch) { return batch.ok(); });
}

TEST_F(KafkaConsumerTest, StartsWithoutABroker) {
  cluster_.SetUp(false);
  const auto consumer = Join(listener_);
  EXPECT_EQ(PollError(*consumer).code(), absl::StatusCode::kUnavailable);

  cluster_.SetUp(true);

  PollWhileNot(*consumer, [&] { return listener_.assigned.size() == 4; });
}

TEST_F(KafkaConsumerTest, LeavesABookmark) {
  Send({"a"});
  const auto consumer = Join(listener_);
  ASSERT_EQ(PollValues(*consumer, 1).size(), 1u);

  consumer->CommitAsync({{{kTopic, 0}, 1}});
  // Commits are sent in order, so leaving the group comes after it.
  consumer->Close();

  rd_kafka_conf_t* config = rd_kafka_conf_new();
  rd_kafka_conf_set(config, "bootstrap.servers", cluster_.Options().bootstrap_servers.c_str(),
                    nullptr, 0);
  rd_kafka_conf_set(config, "group.id", kGroup, nullptr, 0);
  rd_kafka_t* reader = rd_kafka_new(RD_KAFKA_CONSUMER, config, nullptr, 0);
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(list, kTopic, 0);
  EXPECT_EQ(rd_kafka_committed(reader, list, 20'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  EXPECT_EQ(list->elems[0].offset, 1);
  rd_kafka_topic_partition_list_destroy(list);
  rd_kafka_destroy(reader);
}

TEST_F(KafkaConsumerTest, BroadcastSeesEveryRecordAfterItsFirstPoll) {
  Send({"before"});
  const auto first = *MakeKafkaBroadcastConsumer(cluster_.Options(), kTopic);
  const auto second = *MakeKafkaBroadcastConsumer(cluster_.Options(), kTopic);
  for (const auto& consumer : {first.get(), second.get()}) {
    PollUntil(*consumer, [](const auto& batch) {
      EXPECT_TRUE(!batch.ok() || batch->empty());
      return batch.ok();
    });
  }

  Send({"a"}, "order-1");
  Send({"b"}, "order-2");

  for (const auto& consumer : {first.get(), second.get()}) {
    EXPECT_THAT(PollValues(*consumer, 2), ::testing::UnorderedElementsAre("a", "b"));
    PollWhileNot(*consumer, [&consumer] { return consumer->Lag() == 0; });
  }
}

TEST_F(KafkaConsumerTest, BroadcastStartsWithoutABroker) {
  cluster_.SetUp(false);
  const auto consumer = *MakeKafkaBroadcastConsumer(cluster_.Options(), kTopic);
  EXPECT_EQ(consumer->PollBatch(kAll, kPoll).status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(consumer->Lag(), -1);

  cluster_.SetUp(true);
  PollUntil(*consumer, [](const auto& batch) { return batch.ok(); });

  Send({"a"});
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("a"));
}

}  // namespace
}  // namespace orderflow::messaging
