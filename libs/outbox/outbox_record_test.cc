// Proves that a stored message becomes the record that the contract names: CloudEvents headers, the
// same at each send, further headers on top, and that nothing of a foreign record can break the
// insert of a dead letter.
#include "libs/outbox/outbox_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace orderflow::outbox {
namespace {

using ::testing::Pair;
using ::testing::UnorderedElementsAre;

OutboxMessage AMessage() {
  return {.message_id = "019ab5d0-1c0b-7000-8000-000000000001",  // 1763986906123 ms
          .topic = "order.events",
          .key = "order-1",
          .type = "orderflow.order.v1.OrderEvent",
          .sequence = 3,
          .traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
          .payload = std::string("\x0a\x00\x01", 3),
          .headers_json = ""};
}

TEST(OutboxRecord, CarriesCloudEventsHeaders) {
  const messaging::Record record = ToRecord(AMessage(), "/orderflow/order-service");

  EXPECT_EQ(record.topic, "order.events");
  EXPECT_EQ(record.key, "order-1");
  EXPECT_EQ(record.value, AMessage().payload);
  EXPECT_THAT(
      record.headers,
      UnorderedElementsAre(
          Pair("ce_specversion", "1.0"), Pair("ce_id", "019ab5d0-1c0b-7000-8000-000000000001"),
          Pair("ce_type", "orderflow.order.v1.OrderEvent"),
          Pair("ce_source", "/orderflow/order-service"),
          Pair("ce_time", "2025-11-24T12:21:46.123000Z"), Pair("sequence", "3"),
          Pair("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")));
}

TEST(OutboxRecord, LeavesOutWhatTheMessageHasNot) {
  OutboxMessage message = AMessage();
  message.sequence = 0;
  message.traceparent = "";

  const messaging::Record record = ToRecord(message, "/s");

  EXPECT_EQ(record.headers.Find("sequence"), nullptr);
  EXPECT_EQ(record.headers.Find("traceparent"), nullptr);
}

TEST(OutboxRecord, FurtherHeadersWin) {
  OutboxMessage message = AMessage();
  message.headers_json = R"({"ce_id":"original","dlq_reason":"bad \"payload\"","number":7})";

  const messaging::Record record = ToRecord(message, "/s");

  EXPECT_EQ(record.headers.at("ce_id"), "original");
  EXPECT_EQ(record.headers.at("dlq_reason"), "bad \"payload\"");
  EXPECT_EQ(record.headers.at("number"), "7");
}

TEST(OutboxRecord, HeadersSurviveTheTable) {
  const messaging::RecordHeaders headers = {{"a", "quote \" and ü"},
                                            {"b", std::string("zero\0byte", 9)}};
  OutboxMessage message = AMessage();

  message.headers_json = HeadersToJson(headers);

  const messaging::Record record = ToRecord(message, "/s");
  EXPECT_EQ(record.headers.at("a"), headers.at("a"));
  EXPECT_EQ(record.headers.at("b"), headers.at("b"));
}

TEST(OutboxRecord, ReplacesWhatIsNotText) {
  EXPECT_EQ(ToStorableText("plain ü"), "plain ü");
  EXPECT_EQ(ToStorableText(std::string("a\0b", 3)), "a?b");
  EXPECT_EQ(ToStorableText("a\xff"), "a\xef\xbf\xbd");
  EXPECT_EQ(HeadersToJson({{"k", "\xff"}}), "{\"k\":\"\xef\xbf\xbd\"}");
}

}  // namespace
}  // namespace orderflow::outbox
