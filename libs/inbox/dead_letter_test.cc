// Proves that a dead letter keeps the record as it came and says where it stood and why it was
// parked, and that no foreign bytes can keep it from being stored.
#include "libs/inbox/dead_letter.h"

#include <gtest/gtest.h>

#include "libs/outbox/outbox_record.h"

namespace orderflow::inbox {
namespace {

constexpr Timestamp kNow{std::chrono::microseconds(1795528440'000042)};
constexpr char kId[] = "019ab5d0-1c0b-7000-8000-000000000001";

messaging::Record ARecord() {
  messaging::Record record;
  record.topic = "payment.commands";
  record.key = "order-1";
  record.value = std::string("\xff\x00", 2);
  record.headers = {
      {"ce_id", "original"}, {"ce_type", "orderflow.payment.v1.PaymentCommand"}, {"sequence", "4"}};
  record.partition = 3;
  record.offset = 77;
  return record;
}

TEST(DeadLetter, KeepsTheRecordAndSaysWhyAndWhere) {
  const outbox::OutboxMessage message =
      MakeDeadLetter(ARecord(), "INVALID_ARGUMENT: not a command", kId, kNow);
  const messaging::Record parked = outbox::ToRecord(message, "/orderflow/payment-service");

  EXPECT_EQ(message.message_id, kId);
  EXPECT_EQ(parked.topic, "payment.commands.dlq");
  EXPECT_EQ(parked.key, "order-1");
  EXPECT_EQ(parked.value, ARecord().value);
  EXPECT_EQ(parked.headers.at("ce_id"), "original");
  EXPECT_EQ(parked.headers.at("ce_type"), "orderflow.payment.v1.PaymentCommand");
  EXPECT_EQ(parked.headers.at("sequence"), "4");
  EXPECT_EQ(parked.headers.at("dlq_reason"), "INVALID_ARGUMENT: not a command");
  EXPECT_EQ(parked.headers.at("dlq_topic"), "payment.commands");
  EXPECT_EQ(parked.headers.at("dlq_partition"), "3");
  EXPECT_EQ(parked.headers.at("dlq_offset"), "77");
  EXPECT_EQ(parked.headers.at("dlq_time"), "2026-11-24T13:54:00.000042Z");
}

TEST(DeadLetter, BoundsTheReason) {
  const outbox::OutboxMessage message =
      MakeDeadLetter(ARecord(), std::string(100'000, 'x'), kId, kNow);

  EXPECT_LT(message.headers_json.size(), 2000U);
}

TEST(DeadLetter, StoresKeysAndTypesThatAreNotText) {
  messaging::Record record = ARecord();
  record.key = std::string("a\0\xff", 3);
  record.headers.Set("ce_type", "\xc3");

  const outbox::OutboxMessage message = MakeDeadLetter(record, "reason", kId, kNow);

  EXPECT_EQ(message.key, "a?\xef\xbf\xbd");
  EXPECT_EQ(message.type, "\xef\xbf\xbd");
  EXPECT_TRUE(MakeDeadLetter(messaging::Record{}, "reason", kId, kNow).type.empty());
}

}  // namespace
}  // namespace orderflow::inbox
