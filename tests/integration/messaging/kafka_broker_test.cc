// Proves against a real broker what librdkafka's mock cannot: topics are created as wanted, the
// pinned client and broker understand each other (group join, lz4, headers, bookmarks), a key keeps
// its order through a rebalance, and a topic that was made anew is noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <set>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/testing/send_all.h"
#include "libs/testing/eventually.h"
#include "libs/testing/postgres/backends.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::messaging {
namespace {

using orderflow::testing::Eventually;
using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr int kPartitions = 3;
constexpr size_t kAll = 1000;
constexpr Duration kPoll = std::chrono::milliseconds(100);
constexpr Duration kLong = std::chrono::seconds(60);

// Starts at the beginning, or where the test has got to.
class ResumingListener final : public AssignmentListener {
 public:
  absl::StatusOr<std::map<TopicPartition, int64_t>> OnAssigned(
      const std::vector<TopicPartition>& partitions) override {
    std::map<TopicPartition, int64_t> starts;
    for (const TopicPartition& partition : partitions) {
      const auto known = next.find(partition);
      starts[partition] = known == next.end() ? kOffsetBeginning : known->second;
      assigned.insert(partition);
    }
    return starts;
  }
  void OnRevoked(const std::vector<TopicPartition>& partitions) override {
    for (const TopicPartition& partition : partitions) {
      assigned.erase(partition);
    }
  }

  std::map<TopicPartition, int64_t> next;
  std::set<TopicPartition> assigned;
};

using Outcome = absl::StatusOr<std::vector<Record>>;

void PollUntil(Consumer& consumer, const std::function<bool(const Outcome&)>& done) {
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (!done(consumer.PollBatch(kAll, kPoll))) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "it did not happen";
  }
}

void PollWhileNot(Consumer& consumer, const std::function<bool()>& condition) {
  PollUntil(consumer, [&condition](const Outcome&) { return condition(); });
}

std::vector<std::string> PollValues(Consumer& consumer, size_t count) {
  std::vector<std::string> values;
  PollUntil(consumer, [&](const Outcome& batch) {
    if (batch.ok()) {
      for (const Record& record : *batch) {
        values.push_back(record.value);
      }
    }
    return values.size() >= count;
  });
  return values;
}

// What only an operator's tool needs, done with librdkafka directly.
class AdminClient {
 public:
  explicit AdminClient(const std::string& bootstrap_servers) {
    rd_kafka_conf_t* config = rd_kafka_conf_new();
    std::array<char, 256> error{};
    rd_kafka_conf_set(config, "bootstrap.servers", bootstrap_servers.c_str(), error.data(),
                      error.size());
    client_ = rd_kafka_new(RD_KAFKA_PRODUCER, config, error.data(), error.size());
  }
  ~AdminClient() { rd_kafka_destroy(client_); }
  AdminClient(const AdminClient&) = delete;
  AdminClient& operator=(const AdminClient&) = delete;

  bool DeleteTopic(const std::string& topic) {
    rd_kafka_DeleteTopic_t* deletion = rd_kafka_DeleteTopic_new(topic.c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client_);
    rd_kafka_DeleteTopics(client_, &deletion, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
    const bool ok = event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR;
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteTopic_destroy(deletion);
    return ok;
  }

  std::string TopicSetting(const std::string& topic, const std::string& name) {
    rd_kafka_ConfigResource_t* resource =
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(client_);
    rd_kafka_DescribeConfigs(client_, &resource, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30'000);
    std::string value = "(no answer)";
    if (event != nullptr && rd_kafka_event_error(event) == RD_KAFKA_RESP_ERR_NO_ERROR) {
      size_t count = 0;
      const auto* result = rd_kafka_event_DescribeConfigs_result(event);
      const auto** resources = rd_kafka_DescribeConfigs_result_resources(result, &count);
      size_t entry_count = 0;
      const auto** entries = rd_kafka_ConfigResource_configs(resources[0], &entry_count);
      for (size_t i = 0; i < entry_count; ++i) {
        if (rd_kafka_ConfigEntry_name(entries[i]) == name) {
          value = rd_kafka_ConfigEntry_value(entries[i]);
        }
      }
    }
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_ConfigResource_destroy(resource);
    return value;
  }

 private:
  rd_kafka_t* client_ = nullptr;
};

class KafkaBrokerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_THAT(CreateTopics(options_, {topic_, topic_ + ".dlq"}, kPartitions, 1), IsOk());
    producer_ = *MakeKafkaProducer(options_);
  }

  void Send(const std::string& key, const std::vector<std::string>& values) {
    std::vector<Record> records;
    for (const std::string& value : values) {
      records.push_back(
          {.topic = topic_, .key = key, .value = value, .headers = {{"ce_id", value}}});
    }
    ASSERT_THAT(SendAll(*producer_, records), IsOk());
  }
  std::unique_ptr<Consumer> Join(ResumingListener& listener) {
    return *MakeKafkaConsumer(options_, topic_ + "-group", {topic_}, listener);
  }

  const KafkaOptions options_{
      .bootstrap_servers = orderflow::testing::FindBackends().kafka_bootstrap_servers,
      .client_id = "test",
      .session_timeout_ms = 6000};
  // Of this test and run alone.
  const std::string topic_ = fmt::format(
      "t{}.{}", getpid(), ::testing::UnitTest::GetInstance()->current_test_info()->name());
  std::unique_ptr<Producer> producer_;
  ResumingListener listener_;
};

TEST_F(KafkaBrokerTest, CreatesTopicsOnceWithTheSettingsThatMatter) {
  AdminClient admin(options_.bootstrap_servers);

  EXPECT_THAT(CreateTopics(options_, {topic_}, kPartitions, 1), IsOk());
  EXPECT_EQ(admin.TopicSetting(topic_, "message.timestamp.type"), "LogAppendTime");
  EXPECT_EQ(admin.TopicSetting(topic_, "unclean.leader.election.enable"), "false");
  EXPECT_EQ(admin.TopicSetting(topic_ + ".dlq", "retention.ms"), "-1");

  EXPECT_THAT(CreateTopics(options_, {topic_}, kPartitions + 1, 1),
              StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("3 partitions")));
}

TEST_F(KafkaBrokerTest, ReadsAKeyInOrderAndLeavesABookmark) {
  Send("order-1", {"a", "b", "c"});
  const auto consumer = Join(listener_);

  EXPECT_THAT(PollValues(*consumer, 3), ElementsAre("a", "b", "c"));

  PollWhileNot(*consumer, [&] { return consumer->Lag() == 0; });
  EXPECT_EQ(listener_.assigned.size(), static_cast<size_t>(kPartitions));
}

TEST_F(KafkaBrokerTest, ALogIsLookedIntoInSlicesWhileItGrows) {
  Send("order-1", {"a", "b", "c"});
  const auto reader = *MakeKafkaLogReader(options_);
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  ASSERT_THAT(reader->CountPartitions(topic_, deadline), IsOk());
  EXPECT_EQ(*reader->CountPartitions(topic_, deadline), kPartitions);
  std::vector<std::string> values;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    std::optional<int64_t> next = 0;
    while (next) {
      absl::StatusOr<LogSlice> slice;
      // A partition of a topic that has just been made may have no leader yet: UNAVAILABLE.
      ASSERT_TRUE(Eventually([&] {
        slice = reader->Read({topic_, partition}, *next, 2, deadline);
        return slice.ok();
      })) << slice.status();
      for (const Record& record : slice->records) {
        values.push_back(record.value);
      }
      next = slice->next;
      if (next) {
        Send("order-1", {"later"});
      }
    }
  }

  EXPECT_THAT(values, ElementsAre("a", "b", "c", "later"));
  EXPECT_THAT(reader->CountPartitions(topic_ + ".unheard", deadline),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(KafkaBrokerTest, ReadsOnAcrossTheBoundsOfAFetch) {
  // 3 MB in one partition: each record fits into a fetch, all of them fill many.
  const std::string text(100'000, 'x');
  for (int i = 0; i < 30; ++i) {
    Send("order-1", {fmt::format("{}{}", i, text)});
  }
  const auto consumer = Join(listener_);

  const std::vector<std::string> values = PollValues(*consumer, 30);

  ASSERT_EQ(values.size(), 30u);
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_EQ(values[i], fmt::format("{}{}", i, text));
  }
}

TEST_F(KafkaBrokerTest, SeeksBackToEarlierRecords) {
  Send("order-1", {"a", "b", "c"});
  const auto consumer = Join(listener_);
  ASSERT_EQ(PollValues(*consumer, 3).size(), 3u);
  TopicPartition partition;
  for (const TopicPartition& candidate : listener_.assigned) {
    ASSERT_THAT(consumer->Seek(candidate, kOffsetBeginning), IsOk());
  }

  EXPECT_THAT(PollValues(*consumer, 3), ElementsAre("a", "b", "c"));
}

// Two members join and leave while records flow; each resumes from progress that both share, as the
// database does it in production.
TEST_F(KafkaBrokerTest, KeepsEveryKeyInOrderThroughRebalances) {
  constexpr int kKeys = 12;
  constexpr int kRounds = 20;
  std::map<std::string, std::vector<std::string>> seen;
  std::map<TopicPartition, int64_t> progress;
  const auto take = [&](Consumer& consumer, ResumingListener& listener) {
    // The listener reads progress when partitions come; both members see the same.
    listener.next = progress;
    const Outcome batch = consumer.PollBatch(kAll, std::chrono::milliseconds(20));
    if (!batch.ok()) {
      return;
    }
    for (const Record& record : *batch) {
      int64_t& next = progress[{record.topic, record.partition}];
      if (record.offset < next) {
        continue;  // redelivered from before the stored progress
      }
      EXPECT_EQ(record.offset, next) << "a gap in " << record.partition;
      next = record.offset + 1;
      seen[record.key].push_back(record.value);
    }
  };
  ResumingListener second_listener;
  const auto first = Join(listener_);
  std::unique_ptr<Consumer> second;

  for (int round = 0; round < kRounds; ++round) {
    for (int key = 0; key < kKeys; ++key) {
      Send(fmt::format("order-{}", key), {fmt::format("{}", round)});
    }
    if (round % 5 == 0) {
      second = Join(second_listener);
    } else if (round % 5 == 3) {
      second->Close();
      second.reset();
    }
    take(*first, listener_);
    if (second != nullptr) {
      take(*second, second_listener);
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  const auto complete = [&] {
    return std::all_of(seen.begin(), seen.end(),
                       [](const auto& entry) { return entry.second.size() >= kRounds; }) &&
           seen.size() == kKeys;
  };
  while (!complete() && std::chrono::steady_clock::now() < deadline) {
    take(*first, listener_);
    if (second != nullptr) {
      take(*second, second_listener);
    }
  }

  std::vector<std::string> expected;
  for (int round = 0; round < kRounds; ++round) {
    expected.push_back(fmt::format("{}", round));
  }
  ASSERT_EQ(seen.size(), static_cast<size_t>(kKeys));
  for (const auto& [key, values] : seen) {
    EXPECT_EQ(values, expected) << key;
  }
}

TEST_F(KafkaBrokerTest, NoticesATopicThatWasMadeAnew) {
  Send("order-1", {"a", "b", "c"});
  {
    const auto consumer = Join(listener_);
    PollUntil(*consumer, [&](const Outcome& batch) {
      if (batch.ok()) {
        for (const Record& record : *batch) {
          listener_.next[{record.topic, record.partition}] = record.offset + 1;
        }
      }
      return !listener_.next.empty() && listener_.next.begin()->second == 3;
    });
    consumer->Close();
  }
  AdminClient admin(options_.bootstrap_servers);
  ASSERT_TRUE(admin.DeleteTopic(topic_));
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (!CreateTopics(options_, {topic_}, kPartitions, 1).ok()) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline);
  }
  producer_ = *MakeKafkaProducer(options_);
  Send("order-1", {"new"});

  const auto consumer = Join(listener_);
  absl::Status status;
  PollUntil(*consumer, [&status](const Outcome& batch) {
    status = batch.status();
    return absl::IsOutOfRange(status);
  });

  const ErrorDetails details = DetailsOf(status);
  const TopicPartition lost{details.metadata.at(kMetadataTopic),
                            std::stoi(details.metadata.at(kMetadataPartition))};
  EXPECT_EQ(lost, listener_.next.begin()->first);
  ASSERT_THAT(consumer->Seek(lost, kOffsetBeginning), IsOk());
  EXPECT_THAT(PollValues(*consumer, 1), ElementsAre("new"));
}

TEST_F(KafkaBrokerTest, BroadcastsEveryRecordToEveryReader) {
  Send("order-1", {"before"});
  const auto first = *MakeKafkaBroadcastConsumer(options_, topic_);
  const auto second = *MakeKafkaBroadcastConsumer(options_, topic_);
  for (Consumer* consumer : {first.get(), second.get()}) {
    PollUntil(*consumer, [](const Outcome& batch) { return batch.ok(); });
  }

  Send("order-1", {"a"});
  Send("order-2", {"b"});

  for (Consumer* consumer : {first.get(), second.get()}) {
    EXPECT_THAT(PollValues(*consumer, 2), ::testing::UnorderedElementsAre("a", "b"));
  }
}

TEST_F(KafkaBrokerTest, AnswersARecordWithoutWaitingForTheIdleTimeout) {
  const auto consumer = Join(listener_);
  PollWhileNot(*consumer, [&] { return listener_.assigned.size() == kPartitions; });
  Send("order-1", {"warm up"});
  ASSERT_EQ(PollValues(*consumer, 1).size(), 1u);
  std::vector<std::chrono::steady_clock::duration> latencies;

  for (int i = 0; i < 20; ++i) {
    const auto start = std::chrono::steady_clock::now();
    Send("order-1", {fmt::format("{}", i)});
    ASSERT_EQ(PollValues(*consumer, 1).size(), 1u);
    latencies.push_back(std::chrono::steady_clock::now() - start);
  }

  std::sort(latencies.begin(), latencies.end());
  const auto median =
      std::chrono::duration_cast<std::chrono::milliseconds>(latencies[latencies.size() / 2]);
  RecordProperty("median_ms", static_cast<int>(median.count()));
  // Far above what it takes, far below fetch.wait.max.ms plus linger of a client that waits.
  EXPECT_LT(median, std::chrono::milliseconds(90));
}

}  // namespace
}  // namespace orderflow::messaging
