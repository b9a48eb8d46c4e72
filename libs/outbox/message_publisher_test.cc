// Proves that every message taken in is sent and ends acknowledged, whatever the producer answers:
// a full queue is waited for, a failure is sent again in front of the younger messages of its key;
// and that messages travel together where they may.
#include "libs/outbox/message_publisher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>

#include "libs/outbox/pending_messages.h"
#include "libs/outbox/testing/scripted_producer.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::outbox {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Rule = ScriptedProducer::Rule;

constexpr std::chrono::seconds kSoon{10};

OutboxMessage A(const std::string& id, const std::string& key) {
  OutboxMessage message;
  message.message_id = id;
  message.batch_id = id;
  message.key = key;
  message.topic = "t";
  return message;
}

class MessagePublisherTest : public ::testing::Test {
 protected:
  ScriptedProducer& Start(Rule rule, int partition_count = 0) {
    producer_ = std::make_unique<ScriptedProducer>(rule);
    producer_->SetPartitionCount(partition_count);
    publisher_ = std::make_unique<MessagePublisher>(
        pending_, *producer_, metrics_,
        PublisherOptions{.source = "/test", .limits = {.topics = {"t"}, .messages_max = 64}});
    thread_ = std::jthread([this](const std::stop_token& stop) { publisher_->Run(stop); });
    return *producer_;
  }

  telemetry::Metrics metrics_;
  const std::shared_ptr<PendingMessages> pending_ = std::make_shared<PendingMessages>(100);
  std::unique_ptr<ScriptedProducer> producer_;  // flushed until the thread has ended
  std::unique_ptr<MessagePublisher> publisher_;
  std::jthread thread_;
};

TEST_F(MessagePublisherTest, SendsAndAcknowledges) {
  ScriptedProducer& producer = Start(Rule::kAcknowledge);

  pending_->Add({A("1", "k"), A("2", "k")});

  EXPECT_TRUE(producer.WaitForSent(2));
  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
  EXPECT_THAT(producer.SentIds(), ElementsAre("1", "2"));
}

TEST_F(MessagePublisherTest, FlushesOnceForAllThatIsReadyTogether) {
  pending_->Add({A("1", "k"), A("2", "l"), A("3", "m")});
  ScriptedProducer& producer = Start(Rule::kAcknowledge);
  ASSERT_THAT(producer.WaitForFlushes(1), ElementsAre(3));

  pending_->Add({A("4", "k")});

  EXPECT_THAT(producer.WaitForFlushes(2), ElementsAre(3, 4));
}

TEST_F(MessagePublisherTest, SendsAFailedMessageAgainBeforeYoungerOnesOfItsKey) {
  ScriptedProducer& producer = Start(Rule::kHold);
  pending_->Add({A("1", "k")});
  ASSERT_TRUE(producer.WaitForSent(1));
  pending_->Add({A("2", "other")});
  ASSERT_TRUE(producer.WaitForSent(2));

  producer.EndOne(absl::UnavailableError("producer replaced"));
  pending_->Add({A("3", "k")});
  ASSERT_TRUE(producer.WaitForSent(4));
  producer.EndOne(absl::OkStatus());
  producer.EndOne(absl::OkStatus());
  producer.EndOne(absl::OkStatus());

  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
  EXPECT_THAT(producer.SentIds(), ElementsAre("1", "2", "1", "3"));
}

// A producer that replaces itself refuses what waits for room, fails what it had, and then takes
// records again: the younger message was handed out before its elder failed, and is at hand first.
TEST_F(MessagePublisherTest, HoldsAMessageBackWhoseElderFailedWhileItWaitedForRoom) {
  ScriptedProducer& producer = Start(Rule::kHold);
  pending_->Add({A("1", "k")});
  ASSERT_TRUE(producer.WaitForSent(1));
  producer.SetRule(Rule::kRefuseFull);
  pending_->Add({A("2", "k")});
  ASSERT_TRUE(producer.WaitForRefused(1));

  producer.EndOne(absl::UnavailableError("producer replaced"));
  producer.SetRule(Rule::kAcknowledge);

  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
  EXPECT_THAT(producer.SentIds(), ElementsAre("1", "1", "2"));
}

TEST_F(MessagePublisherTest, WaitsForAFullProducer) {
  ScriptedProducer& producer = Start(Rule::kRefuseFull);
  pending_->Add({A("1", "k")});
  ASSERT_TRUE(producer.WaitForRefused(2));

  producer.SetRule(Rule::kAcknowledge);

  EXPECT_TRUE(producer.WaitForSent(1));
  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
}

TEST_F(MessagePublisherTest, StopsWhileTheProducerIsFull) {
  ScriptedProducer& producer = Start(Rule::kRefuseFull);
  pending_->Add({A("1", "k")});
  ASSERT_TRUE(producer.WaitForRefused(1));

  thread_.request_stop();
  thread_.join();

  EXPECT_EQ(pending_->Add({A("1", "k")}).added, 0U) << "still in hand: the row is in the table";
}

TEST_F(MessagePublisherTest, WhatIsReadyTogetherTravelsTogether) {
  pending_->Add({A("1", "k"), A("2", "other"), A("3", "k")});

  const ScriptedProducer& producer = Start(Rule::kAcknowledge, 1);

  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
  EXPECT_THAT(producer.SentIds(), ElementsAre("1+2+3"));
  EXPECT_THAT(metrics_.Expose(),
              AllOf(HasSubstr("\norderflow_outbox_published_messages_total 3\n"),
                    HasSubstr("\norderflow_outbox_published_records_total 1\n")));
}

TEST_F(MessagePublisherTest, MessagesOfARecordThatFailedAreAllSentAgain) {
  ScriptedProducer& producer = Start(Rule::kHold, 1);
  pending_->Add({A("1", "k"), A("2", "k")});
  ASSERT_TRUE(producer.WaitForSent(1));

  producer.EndOne(absl::UnavailableError("producer replaced"));
  ASSERT_TRUE(producer.WaitForSent(2));
  producer.EndOne(absl::OkStatus());

  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
  EXPECT_THAT(producer.SentIds(), ElementsAre("1+2", "1+2"));
}

// What was handed out before its elder failed leaves the record that it would have travelled in.
TEST_F(MessagePublisherTest, ARecordLeavesWithoutTheMessagesThatWereTakenBack) {
  ScriptedProducer& producer = Start(Rule::kHold, 1);
  pending_->Add({A("1", "k")});
  ASSERT_TRUE(producer.WaitForSent(1));
  producer.SetRule(Rule::kRefuseFull);
  pending_->Add({A("2", "k"), A("3", "other")});
  ASSERT_TRUE(producer.WaitForRefused(1));

  producer.EndOne(absl::UnavailableError("producer replaced"));
  producer.SetRule(Rule::kAcknowledge);

  EXPECT_TRUE(pending_->WaitUntilAllAcknowledged(kSoon));
  EXPECT_THAT(producer.SentIds(), ElementsAre("1", "3", "1+2"));
}

TEST_F(MessagePublisherTest, ReportsMayComeAfterTheRelayIsGone) {
  ScriptedProducer producer(Rule::kHold);
  auto pending = std::make_shared<PendingMessages>(10);
  {
    MessagePublisher publisher(pending, producer, metrics_, {.source = "/test"});
    std::jthread thread([&publisher](const std::stop_token& stop) { publisher.Run(stop); });
    pending->Add({A("1", "k")});
    ASSERT_TRUE(producer.WaitForSent(1));
  }
  const std::weak_ptr<PendingMessages> observed = pending;
  pending.reset();

  producer.EndOne(absl::OkStatus());

  EXPECT_TRUE(observed.expired()) << "the last report releases it";
}

}  // namespace
}  // namespace orderflow::outbox
