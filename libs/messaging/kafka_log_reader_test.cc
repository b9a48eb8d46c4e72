// Proves that a log is read from anywhere to what was its end, in slices without gaps, again and
// again with one reader. Runs against librdkafka's mock broker.
#include "libs/messaging/kafka_log_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

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

}  // namespace
}  // namespace orderflow::messaging
