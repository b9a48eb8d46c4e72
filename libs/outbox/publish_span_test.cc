// Proves that the span of a sent message hangs from what caused it, that the record names that very
// span, and that both are the same however often the message is sent.
#include "libs/outbox/publish_span.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "libs/outbox/outbox_record.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/span.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::outbox {
namespace {

using telemetry::Span;

constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

OutboxMessage AMessage(const std::string& traceparent) {
  OutboxMessage message;
  message.message_id = "0190a8a0-0000-7000-8000-00000000000a";
  message.topic = "order.events";
  message.key = "order-1";
  message.traceparent = traceparent;
  return message;
}

class PublishSpanTest : public ::testing::Test {
 protected:
  std::string Sent(const OutboxMessage& message) {
    messaging::Record record = ToRecord(message, "/test");
    SetTrace(&tracer_, message, record);
    return record.headers.at("traceparent");
  }
  std::vector<Span> Recorded() {
    tracer_.Close();
    return tracer_.Take(10, {});
  }

  telemetry::Metrics metrics_;
  telemetry::Tracer tracer_{metrics_, {.enabled = true, .sample_ratio = 1}};
};

TEST_F(PublishSpanTest, TheRecordNamesTheSpanThatIsRecorded) {
  const OutboxMessage message = AMessage(kSampled);
  const std::string sent = Sent(message);

  RecordPublished(&tracer_, message);

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].name, "publish order.events");
  EXPECT_EQ(spans[0].kind, telemetry::SpanKind::kProducer);
  EXPECT_EQ(spans[0].context.ToTraceparent(), sent);
  EXPECT_EQ(spans[0].context.trace_id, "4bf92f3577b34da6a3ce929d0e0e4736");
  EXPECT_EQ(spans[0].parent_span_id, "00f067aa0ba902b7");
  EXPECT_EQ(spans[0].start, TimeOf(message)) << "from the making of the message on";
  EXPECT_GT(spans[0].end, spans[0].start);
  EXPECT_THAT(spans[0].attributes,
              ::testing::IsSupersetOf(std::vector<std::pair<std::string, Span::Value>>{
                  {"messaging.system", "kafka"},
                  {"messaging.destination.name", "order.events"},
                  {"messaging.message.id", message.message_id},
                  {"orderflow.order_id", "order-1"}}));
}

TEST_F(PublishSpanTest, SentAgainItIsTheSameRecord) {
  const OutboxMessage message = AMessage(kSampled);
  OutboxMessage other = message;
  other.message_id = "0190a8a0-0000-7000-8000-00000000000b";

  EXPECT_EQ(Sent(message), Sent(message));
  EXPECT_NE(Sent(message), Sent(other));
}

TEST_F(PublishSpanTest, WithoutATraceThatIsRecordedTheContextGoesOnAsItIs) {
  EXPECT_EQ(Sent(AMessage(kNotSampled)), kNotSampled);
  messaging::Record record = ToRecord(AMessage(kSampled), "/test");
  SetTrace(nullptr, AMessage(kSampled), record);
  EXPECT_EQ(record.headers.at("traceparent"), kSampled);

  RecordPublished(&tracer_, AMessage(kNotSampled));
  RecordPublished(&tracer_, AMessage(""));
  RecordPublished(nullptr, AMessage(kSampled));

  EXPECT_TRUE(Recorded().empty());
}

}  // namespace
}  // namespace orderflow::outbox
