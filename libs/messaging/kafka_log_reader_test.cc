// Proves that a log is read from anywhere to what was its end, in slices without gaps, again and
// again with one reader; that a packed record is read as its messages; and that the producer puts
// records where PartitionOf says. Runs against librdkafka's mock broker.
#include "libs/messaging/kafka_log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "fmt/format.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/packed_messages.h"
#include "libs/messaging/testing/kafka_mock_cluster.h"
#include "libs/messaging/testing/send_all.h"
#include "libs/testing/status_matchers.h"

namespace orderflow::messaging {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOk;
using testing::StatusIs;

constexpr char kTopic[] = "payment.commands.dlq";
constexpr size_t kAll = 1000;

LogReader::Deadline Later() { return std::chrono::steady_clock::now() + std::chrono::minutes(1); }

class KafkaLogReaderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    producer_ = *MakeKafkaProducer(cluster_.Options());
    reader_ = *KafkaLogReader::Make(cluster_.Options());
  }
  void Send(const std::vector<std::string>& values) {
    std::vector<Record> records;
    for (const std::string& value : values) {
      records.push_back(
          {.topic = kTopic, .key = "order-1", .value = value, .headers = {{"ce_id", value}}});
    }
    ASSERT_THAT(SendAll(*producer_, records), IsOk());
  }
  static std::vector<std::string> ValuesOf(const absl::StatusOr<LogSlice>& slice) {
    std::vector<std::string> values;
    if (slice.ok()) {
      for (const Record& record : slice->records) {
        values.push_back(record.value);
      }
    }
    return values;
  }

  KafkaMockCluster cluster_{1, kTopic};
  std::unique_ptr<Producer> producer_;
  std::unique_ptr<KafkaLogReader> reader_;
};

TEST_F(KafkaLogReaderTest, ReadsASliceAndGoesOnBehindIt) {
  Send({"a", "b", "c"});

  const auto first = reader_->Read({kTopic, 0}, 0, 2, Later());
  ASSERT_THAT(first, IsOk());
  EXPECT_THAT(ValuesOf(first), ElementsAre("a", "b"));
  EXPECT_EQ(first->next, 2);
  const auto second = reader_->Read({kTopic, 0}, *first->next, 2, Later());

  ASSERT_THAT(second, IsOk());
  EXPECT_THAT(ValuesOf(second), ElementsAre("c"));
  EXPECT_FALSE(second->next) << "that was the end";
  EXPECT_EQ(second->records[0].offset, 2);
  EXPECT_EQ(second->records[0].headers.at("ce_id"), "c");
}

TEST_F(KafkaLogReaderTest, EndsAtOnceWhereNothingIs) {
  const auto empty = reader_->Read({kTopic, 0}, 0, kAll, Later());
  Send({"a"});
  const auto behind = reader_->Read({kTopic, 0}, 7, kAll, Later());

  ASSERT_THAT(empty, IsOk());
  EXPECT_THAT(ValuesOf(empty), IsEmpty());
  EXPECT_FALSE(empty->next);
  ASSERT_THAT(behind, IsOk());
  EXPECT_THAT(ValuesOf(behind), IsEmpty());
}

TEST_F(KafkaLogReaderTest, SeesWhatCameSinceTheLastRead) {
  Send({"a"});
  ASSERT_THAT(ValuesOf(reader_->Read({kTopic, 0}, 0, kAll, Later())), ElementsAre("a"));
  Send({"b"});

  EXPECT_THAT(ValuesOf(reader_->Read({kTopic, 0}, 0, kAll, Later())), ElementsAre("a", "b"));
  EXPECT_THAT(ValuesOf(reader_->Read({kTopic, 0}, 1, kAll, Later())), ElementsAre("b"));
}

TEST_F(KafkaLogReaderTest, CountsPartitionsAndRecords) {
  Send({"a", "b"});

  EXPECT_EQ(reader_->CountPartitions(kTopic, Later()).value(), 1);
  EXPECT_EQ(reader_->CountRecords(kTopic, Later()).value(), 2);
}

TEST_F(KafkaLogReaderTest, SaysThatTheBrokerIsAway) {
  cluster_.SetUp(false);

  EXPECT_THAT(reader_->Read({kTopic, 0}, 0, kAll, Later()),
              StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(KafkaLogReaderTest, EndsAtTheDeadlineAlsoWhenItWaitsForAnother) {
  using std::chrono::milliseconds;
  cluster_.SetUp(false);
  const auto now = std::chrono::steady_clock::now();
  std::future<absl::StatusOr<LogSlice>> patient = std::async(std::launch::async, [this, now] {
    return reader_->Read({kTopic, 0}, 0, kAll, now + std::chrono::seconds(4));
  });
  std::vector<std::future<absl::StatusOr<int>>> hurried;
  for (int i = 0; i < 4; ++i) {
    hurried.push_back(std::async(std::launch::async, [this, now] {
      return reader_->CountPartitions(kTopic, now + milliseconds(50));
    }));
  }

  for (auto& call : hurried) {
    EXPECT_THAT(call.get(), StatusIs(absl::StatusCode::kUnavailable));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - now, std::chrono::seconds(2));
  EXPECT_THAT(patient.get(), StatusIs(absl::StatusCode::kUnavailable));
}

Record Packed(const std::string& topic, const std::vector<std::string>& payloads) {
  MessagePacker packer("/test");
  for (const std::string& payload : payloads) {
    packer.Add({.key = "order-1",
                .id = payload,
                .type = "test.Message",
                .time = "2026-11-27T01:02:03.000000Z",
                .sequence = 0,
                .traceparent = "",
                .payload = payload});
  }
  return packer.Take(topic);
}

class PackedRecordsTest : public ::testing::Test {
 protected:
  static constexpr char kCommands[] = "payment.commands";
  static constexpr int kPartitions = 7;

  std::vector<Record> Read(int32_t partition, int64_t from = 0, size_t count_max = kAll) {
    const auto reader = *KafkaLogReader::Make(cluster_.Options());
    const auto slice = reader->Read({kCommands, partition}, from, count_max, Later());
    EXPECT_THAT(slice, IsOk());
    return slice.ok() ? slice->records : std::vector<Record>();
  }

  KafkaMockCluster cluster_{kPartitions, kCommands};
  std::unique_ptr<Producer> producer_ = *MakeKafkaProducer(cluster_.Options());
};

TEST_F(PackedRecordsTest, AreReadAsTheirMessages) {
  const Record single{
      .topic = kCommands, .key = "order-1", .value = "single", .headers = {{"ce_id", "1"}}};
  ASSERT_THAT(SendAll(*producer_, {single, Packed(kCommands, {"a", "b", "c"}), single}), IsOk());
  const int partition = PartitionOf("order-1", kPartitions);

  const std::vector<Record> records = Read(partition);

  std::vector<std::string> places;
  for (const Record& record : records) {
    places.push_back(
        fmt::format("{}@{} {}/{}", record.value, record.offset, record.index, record.count));
    EXPECT_EQ(record.headers.Find(kHeaderContentType), nullptr);
  }
  EXPECT_THAT(places, ElementsAre("single@0 0/1", "a@1 0/3", "b@1 1/3", "c@1 2/3", "single@2 0/1"));
  EXPECT_EQ(Read(partition, 1, 1).size(), 3u) << "never a part of one";
}

TEST_F(PackedRecordsTest, ADamagedOneIsReadAsItIs) {
  Record damaged = Packed(kCommands, {"a", "b"});
  damaged.value.pop_back();
  ASSERT_THAT(SendAll(*producer_, {damaged}), IsOk());

  const std::vector<Record> records = Read(PartitionOf("order-1", kPartitions));

  ASSERT_EQ(records.size(), 1u);
  EXPECT_TRUE(IsPacked(records[0]));
  EXPECT_EQ(records[0].value, damaged.value);
  EXPECT_EQ(records[0].count, 1);
}

TEST_F(KafkaLogReaderTest, ADeadLetterThatIsAPackedRecordStaysOne) {
  ASSERT_THAT(SendAll(*producer_, {Packed(kTopic, {"a", "b"})}), IsOk());

  const auto slice = reader_->Read({kTopic, 0}, 0, kAll, Later());

  ASSERT_THAT(slice, IsOk());
  ASSERT_EQ(slice->records.size(), 1u);
  EXPECT_TRUE(IsPacked(slice->records[0]));
}

TEST_F(PackedRecordsTest, TheProducerKnowsThePartitionsOfATopicThatItHasSentTo) {
  EXPECT_EQ(producer_->PartitionCount(kCommands), 0);
  ASSERT_THAT(SendAll(*producer_, {Packed(kCommands, {"a"})}), IsOk());

  EXPECT_EQ(producer_->PartitionCount(kCommands), kPartitions);
  EXPECT_EQ(producer_->PartitionCount("order.replies"), 0);
}

TEST_F(PackedRecordsTest, TheProducerPutsEachKeyWherePartitionOfSays) {
  std::vector<Record> records;
  for (int i = 0; i < 300; ++i) {
    records.push_back(
        {.topic = kCommands, .key = fmt::format("key-{}", i), .value = "v", .headers = {}});
  }
  ASSERT_THAT(SendAll(*producer_, records), IsOk());

  size_t read = 0;
  for (int32_t partition = 0; partition < kPartitions; ++partition) {
    for (const Record& record : Read(partition)) {
      EXPECT_EQ(PartitionOf(record.key, kPartitions), partition) << record.key;
      ++read;
    }
  }
  EXPECT_EQ(read, records.size());
}

// As Kafka's own clients: org.apache.kafka.common.utils.Utils.murmur2, from its unit test.
TEST(PartitionOf, IsMurmur2) {
  EXPECT_EQ(PartitionOf("21", 1'000'000), (-973932308 & 0x7fffffff) % 1'000'000);
  EXPECT_EQ(PartitionOf("foobar", 1'000'000), (-790332482 & 0x7fffffff) % 1'000'000);
  EXPECT_EQ(PartitionOf("a-little-bit-long-string", 1'000'000),
            (-985981536 & 0x7fffffff) % 1'000'000);
}

}  // namespace
}  // namespace orderflow::messaging
