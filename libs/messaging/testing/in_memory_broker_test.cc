// Proves that the broker in memory keeps the promises of Producer and Consumer that other tests
// build on, and that each of its faults does what it says. Single-threaded: nothing waits.
#include "libs/messaging/testing/in_memory_broker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/errors.h"

namespace orderflow::messaging::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Duration kNoWait = Duration::zero();
constexpr size_t kAll = 100;

// Starts every partition at `start`.
class StartAt final : public AssignmentListener {
 public:
  explicit StartAt(int64_t start) : start_(start) {}
  absl::StatusOr<std::map<TopicPartition, int64_t>> OnAssigned(
      const std::vector<TopicPartition>& partitions) override {
    if (!failure.ok()) {
      return failure;
    }
    std::map<TopicPartition, int64_t> starts;
    for (const TopicPartition& partition : partitions) {
      starts[partition] = start_;
    }
    assigned = partitions;
    return starts;
  }
  void OnRevoked(const std::vector<TopicPartition>& partitions) override { revoked = partitions; }

  absl::Status failure;
  std::vector<TopicPartition> assigned;
  std::vector<TopicPartition> revoked;

 private:
  int64_t start_;
};

Record ARecord(const std::string& value, const std::string& key = "k") {
  return {.topic = "t", .key = key, .value = value, .headers = {{"ce_id", value}}};
}

std::vector<std::string> Values(const absl::StatusOr<std::vector<Record>>& records) {
  std::vector<std::string> values;
  for (const Record& record : records.value()) {
    values.push_back(record.value);
  }
  return values;
}

class InMemoryBrokerTest : public ::testing::Test {
 protected:
  absl::Status Send(const std::string& value) {
    return producer_->Send(ARecord(value),
                           [this](const absl::Status& status) { heard_.push_back(status.code()); });
  }
  std::vector<std::string> Logged() { return Values(broker_.Log("t")); }

  InMemoryBroker broker_;
  std::unique_ptr<Producer> producer_ = broker_.MakeProducer();
  std::vector<absl::StatusCode> heard_;
  StartAt from_beginning_{kOffsetBeginning};
};

TEST_F(InMemoryBrokerTest, DeliversInOrderWithHeadersAndOffsets) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(Send("b").ok());

  const auto records = consumer->PollBatch(kAll, kNoWait);

  EXPECT_THAT(Values(records), ElementsAre("a", "b"));
  EXPECT_EQ((*records)[1].offset, 1);
  EXPECT_EQ((*records)[1].headers.at("ce_id"), "b");
  EXPECT_THAT(heard_, ElementsAre(absl::StatusCode::kOk, absl::StatusCode::kOk));
}

TEST_F(InMemoryBrokerTest, KeepsBatchesWithinTheirBoundAndKnowsItsLag) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  for (const char* value : {"a", "b", "c"}) {
    ASSERT_TRUE(Send(value).ok());
  }

  EXPECT_THAT(Values(consumer->PollBatch(2, kNoWait)), ElementsAre("a", "b"));
  EXPECT_EQ(consumer->Lag(), 1);
  EXPECT_THAT(Values(consumer->PollBatch(2, kNoWait)), ElementsAre("c"));
  EXPECT_THAT(Values(consumer->PollBatch(2, kNoWait)), IsEmpty());
}

TEST_F(InMemoryBrokerTest, SeeksBackAndForth) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(Send("b").ok());
  ASSERT_TRUE(consumer->PollBatch(kAll, kNoWait).ok());

  ASSERT_TRUE(consumer->Seek({"t", 0}, 1).ok());

  EXPECT_THAT(Values(consumer->PollBatch(kAll, kNoWait)), ElementsAre("b"));
  EXPECT_EQ(consumer->Seek({"t", 7}, 0).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(InMemoryBrokerTest, DealsPartitionsOutAgainWhenMembersComeAndGo) {
  InMemoryBroker broker(3);
  StartAt first_listener(kOffsetBeginning);
  StartAt second_listener(kOffsetBeginning);
  const auto first = broker.MakeConsumer("g", {"t"}, first_listener);
  ASSERT_TRUE(first->PollBatch(kAll, kNoWait).ok());
  EXPECT_EQ(first_listener.assigned.size(), 3u);

  const auto second = broker.MakeConsumer("g", {"t"}, second_listener);
  ASSERT_TRUE(first->PollBatch(kAll, kNoWait).ok());
  ASSERT_TRUE(second->PollBatch(kAll, kNoWait).ok());
  EXPECT_EQ(first_listener.revoked.size(), 3u);
  EXPECT_THAT(first_listener.assigned, ElementsAre(TopicPartition{"t", 0}, TopicPartition{"t", 1}));
  EXPECT_THAT(second_listener.assigned, ElementsAre(TopicPartition{"t", 2}));

  first->Close();
  ASSERT_TRUE(second->PollBatch(kAll, kNoWait).ok());
  EXPECT_EQ(first_listener.revoked.size(), 2u);
  EXPECT_EQ(second_listener.assigned.size(), 3u);
}

TEST_F(InMemoryBrokerTest, AsksTheListenerAgainAfterAnError) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  ASSERT_TRUE(Send("a").ok());
  from_beginning_.failure = absl::UnavailableError("no database");
  EXPECT_EQ(consumer->PollBatch(kAll, kNoWait).status().code(), absl::StatusCode::kUnavailable);

  from_beginning_.failure = absl::OkStatus();

  EXPECT_THAT(Values(consumer->PollBatch(kAll, kNoWait)), ElementsAre("a"));
}

TEST_F(InMemoryBrokerTest, BroadcastStartsAtTheEnd) {
  ASSERT_TRUE(Send("before").ok());
  const auto consumer = broker_.MakeBroadcastConsumer("t");
  EXPECT_THAT(Values(consumer->PollBatch(kAll, kNoWait)), IsEmpty());

  ASSERT_TRUE(Send("after").ok());

  EXPECT_THAT(Values(consumer->PollBatch(kAll, kNoWait)), ElementsAre("after"));
}

TEST_F(InMemoryBrokerTest, RejectsFailsLosesAndDuplicatesAsTold) {
  broker_.RejectSends(1);
  EXPECT_EQ(Send("rejected").code(), absl::StatusCode::kResourceExhausted);
  broker_.FailSends(1, absl::InvalidArgumentError("too large"));
  ASSERT_TRUE(Send("failed").ok());
  broker_.LoseAcknowledgements(1);
  ASSERT_TRUE(Send("lost").ok());
  broker_.DuplicateSends(1);
  ASSERT_TRUE(Send("twice").ok());
  ASSERT_TRUE(Send("fine").ok());

  EXPECT_THAT(Logged(), ElementsAre("lost", "twice", "twice", "fine"));
  EXPECT_THAT(heard_,
              ElementsAre(absl::StatusCode::kInvalidArgument, absl::StatusCode::kUnavailable,
                          absl::StatusCode::kOk, absl::StatusCode::kOk));
}

TEST_F(InMemoryBrokerTest, HoldsAcknowledgementsButNotRecords) {
  broker_.HoldAcknowledgements();
  ASSERT_TRUE(Send("a").ok());
  EXPECT_THAT(Logged(), ElementsAre("a"));
  EXPECT_THAT(heard_, IsEmpty());
  EXPECT_EQ(producer_->Flush(kNoWait).code(), absl::StatusCode::kDeadlineExceeded);

  broker_.ReleaseAcknowledgements();

  EXPECT_THAT(heard_, ElementsAre(absl::StatusCode::kOk));
  EXPECT_TRUE(producer_->Flush(kNoWait).ok());
}

TEST_F(InMemoryBrokerTest, CatchesUpAfterAnOutage) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  broker_.SetReachable(false);
  ASSERT_TRUE(Send("a").ok());
  EXPECT_THAT(Logged(), IsEmpty());
  EXPECT_EQ(consumer->PollBatch(kAll, kNoWait).status().code(), absl::StatusCode::kUnavailable);

  broker_.SetReachable(true);

  EXPECT_THAT(heard_, ElementsAre(absl::StatusCode::kOk));
  EXPECT_THAT(Values(consumer->PollBatch(kAll, kNoWait)), ElementsAre("a"));
}

TEST_F(InMemoryBrokerTest, SaysWhichPartitionLostItsPosition) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(consumer->PollBatch(kAll, kNoWait).ok());
  broker_.Recreate("t");

  const absl::Status status = consumer->PollBatch(kAll, kNoWait).status();

  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(DetailsOf(status).metadata.at(kMetadataTopic), "t");
  EXPECT_EQ(DetailsOf(status).metadata.at(kMetadataPartition), "0");
  ASSERT_TRUE(consumer->Seek({"t", 0}, kOffsetBeginning).ok());
  EXPECT_TRUE(consumer->PollBatch(kAll, kNoWait).ok());
}

TEST_F(InMemoryBrokerTest, ForgetsExpiredRecords) {
  const auto consumer = broker_.MakeConsumer("g", {"t"}, from_beginning_);
  ASSERT_TRUE(consumer->PollBatch(kAll, kNoWait).ok());
  ASSERT_TRUE(Send("a").ok());
  ASSERT_TRUE(Send("b").ok());

  broker_.Expire({"t", 0}, 1);

  EXPECT_THAT(Logged(), ElementsAre("b"));
  EXPECT_EQ(consumer->PollBatch(kAll, kNoWait).status().code(), absl::StatusCode::kOutOfRange);
}

}  // namespace
}  // namespace orderflow::messaging::testing
