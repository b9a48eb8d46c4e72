// Proves that a parked record is read back as what it was and redriven as it came, and what a
// discard sends; the parking is the consumers' own.
#include "services/order/messaging/dead_letter_codec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/inbox/dead_letter.h"
#include "libs/messaging/testing/pack.h"
#include "libs/outbox/outbox_record.h"

namespace orderflow::order {
namespace {

using ::testing::Contains;
using ::testing::Pair;

constexpr Timestamp kNow{std::chrono::microseconds(1795528440'000042)};

messaging::Record ARecord(const std::string& topic) {
  messaging::Record record;
  record.topic = topic;
  record.key = "order-1";
  record.value = std::string("\xff\x00", 2);
  record.headers = {{"ce_id", "original"},
                    {"ce_type", "orderflow.payment.v1.AuthorizePayment"},
                    {"sequence", "4"}};
  record.partition = 3;
  record.offset = 77;
  return record;
}

// As a consumer parks it, and Kafka gives it back.
messaging::Record Parked(const messaging::Record& record) {
  messaging::Record parked =
      outbox::ToRecord(inbox::MakeDeadLetter(record, "INVALID_ARGUMENT: no",
                                             "019ab5d0-1c0b-7000-8000-000000000001", kNow),
                       "/orderflow/payment-service");
  parked.partition = 3;
  parked.offset = 5;
  return parked;
}

messaging::Record Sent(const DeadLetter& letter, DeadLetterActionKind kind) {
  return outbox::ToRecord(MessageOf(letter, kind).value(), "/orderflow/saga-orchestrator");
}

TEST(MessagesIn, ArePackedRecordsMessagesEachWithItsOwnKeyAndHeaders) {
  messaging::Record first = ARecord("payment.commands"), second = ARecord("payment.commands");
  second.key = "order-2";
  second.value = "2";
  messaging::Record packed = messaging::Pack({first, second});
  packed.partition = 3;
  packed.offset = 77;
  const DeadLetter letter = ToDeadLetter(Parked(packed));

  const std::vector<DeadLetter> messages = MessagesIn(letter);

  ASSERT_EQ(messages.size(), 2U);
  EXPECT_EQ(messages[0].key, "order-1");
  EXPECT_EQ(messages[1].key, "order-2");
  EXPECT_EQ(messages[1].value, "2");
  EXPECT_EQ(messages[1].message_id, "original");
  EXPECT_EQ(messages[1].type, "orderflow.payment.v1.AuthorizePayment");
  EXPECT_TRUE(messages[1].is_command);
  const messaging::Record sent = Sent(messages[1], DeadLetterActionKind::kRedrive);
  EXPECT_EQ(sent.topic, "payment.commands");
  EXPECT_EQ(sent.key, "order-2");
  EXPECT_EQ(sent.value, "2");
  EXPECT_FALSE(messaging::IsPacked(sent)) << "each is sent as a record of its own";
}

TEST(MessagesIn, IsTheRecordThatIsNotPackedOrDamaged) {
  messaging::Record damaged = messaging::Pack({ARecord("payment.commands")});
  damaged.value.pop_back();
  damaged.partition = 3;
  damaged.offset = 77;

  EXPECT_EQ(MessagesIn(ToDeadLetter(Parked(ARecord("payment.commands")))).size(), 1U);
  const std::vector<DeadLetter> whole = MessagesIn(ToDeadLetter(Parked(damaged)));
  ASSERT_EQ(whole.size(), 1U);
  EXPECT_EQ(whole[0].value, damaged.value);
  EXPECT_TRUE(messaging::IsPacked(Sent(whole[0], DeadLetterActionKind::kRedrive)))
      << "as it came, for a version that can unpack it";
}

TEST(ToDeadLetter, ReadsWhatTheConsumerWrote) {
  const DeadLetter letter = ToDeadLetter(Parked(ARecord("payment.commands")));

  EXPECT_EQ(letter.id, (DeadLetterId{"payment.commands.dlq", 3, 5}));
  EXPECT_EQ(letter.original_topic, "payment.commands");
  EXPECT_EQ(letter.original_partition, 3);
  EXPECT_EQ(letter.original_offset, 77);
  EXPECT_EQ(letter.first_offset, 77);
  EXPECT_TRUE(letter.is_command);
  EXPECT_EQ(letter.key, "order-1");
  EXPECT_EQ(letter.message_id, "original");
  EXPECT_EQ(letter.type, "orderflow.payment.v1.AuthorizePayment");
  EXPECT_EQ(letter.reason, "INVALID_ARGUMENT: no");
  EXPECT_EQ(letter.park_time, kNow);
  EXPECT_EQ(letter.value, ARecord("").value);
}

TEST(ToDeadLetter, DoesNotBelieveATopicOfAnotherQueue) {
  messaging::Record forged = Parked(ARecord("payment.commands"));
  forged.topic = "order.events.dlq";

  EXPECT_TRUE(ToDeadLetter(forged).original_topic.empty());
  EXPECT_TRUE(ToDeadLetter(messaging::Record{}).original_topic.empty());
}

TEST(MessageOf, RedrivesTheRecordAsItCame) {
  const messaging::Record record = ARecord("payment.commands");

  const messaging::Record sent = Sent(ToDeadLetter(Parked(record)), DeadLetterActionKind::kRedrive);

  EXPECT_EQ(sent.topic, record.topic);
  EXPECT_EQ(sent.key, record.key);
  EXPECT_EQ(sent.value, record.value);
  for (const auto& [name, value] : record.headers) {
    EXPECT_EQ(sent.headers.at(name), value);
  }
  EXPECT_EQ(sent.headers.at("redriven_from"), "payment.commands.dlq/3/5");
  EXPECT_EQ(sent.headers.at("redriven_offset"), "77");
  EXPECT_EQ(sent.headers.Find("dlq_reason"), nullptr);
}

TEST(MessageOf, KeepsTheFirstPlaceOfARecordThatFailsAgain) {
  messaging::Record again =
      Sent(ToDeadLetter(Parked(ARecord("order.events"))), DeadLetterActionKind::kRedrive);
  again.partition = 3;
  again.offset = 500;

  const DeadLetter letter = ToDeadLetter(Parked(again));

  EXPECT_EQ(letter.original_offset, 500);
  EXPECT_EQ(letter.first_offset, 77);
  EXPECT_THAT(SentHeadersOf(letter, DeadLetterActionKind::kRedrive),
              Contains(Pair("redriven_offset", "77")));
}

TEST(MessageOf, ADiscardTellsOnlyThoseWhoLetRecordsWait) {
  const DeadLetter event = ToDeadLetter(Parked(ARecord("order.events")));
  messaging::Record without_key = ARecord("order.events");
  without_key.key.clear();

  const messaging::Record mark = Sent(event, DeadLetterActionKind::kDiscard);

  EXPECT_EQ(mark.topic, "order.events");
  EXPECT_EQ(mark.key, "order-1");
  EXPECT_TRUE(mark.value.empty());
  EXPECT_EQ(mark.headers.at("discarded"), "true");
  EXPECT_EQ(mark.headers.at("redriven_offset"), "77");
  EXPECT_FALSE(MessageOf(ToDeadLetter(Parked(without_key)), DeadLetterActionKind::kDiscard));
  EXPECT_FALSE(
      MessageOf(ToDeadLetter(Parked(ARecord("payment.commands"))), DeadLetterActionKind::kDiscard));
}

}  // namespace
}  // namespace orderflow::order
