// Proves that each record of a batch has one span, whoever asks and how often, that it hangs from
// the record's sending, and that records of traces that nobody records have none.
#include "libs/inbox/handling_spans.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "libs/messaging/record_trace.h"
#include "libs/telemetry/metrics.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::inbox {
namespace {

using messaging::Record;
using telemetry::Span;

constexpr char kTrace[] = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr char kSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
constexpr char kNotSampled[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

Record ARecord(int64_t offset, const std::string& traceparent) {
  Record record;
  record.topic = "order.events";
  record.key = "order-1";
  record.headers = {{"ce_id", "message-1"}, {"traceparent", traceparent}};
  record.partition = 3;
  record.offset = offset;
  return record;
}

class HandlingSpansTest : public ::testing::Test {
 protected:
  std::vector<Span> Recorded() {
    tracer_.Close();
    return tracer_.Take(1'000, {});
  }

  telemetry::Metrics metrics_;
  telemetry::Tracer tracer_{metrics_, {.enabled = true, .sample_ratio = 1}};
};

TEST_F(HandlingSpansTest, WhatTheHandlerPassesOnIsTheSpanThatIsRecorded) {
  std::vector<Record> records = {ARecord(7, kSampled)};
  SetHandlingSpans(&tracer_, "notification-service", records);
  const auto handled = telemetry::ParseTraceparent(messaging::TraceparentOf(records[0]));

  RecordHandled(&tracer_, "notification-service", records, Timestamp{}, "");

  const std::vector<Span> spans = Recorded();
  ASSERT_EQ(spans.size(), 1u);
  EXPECT_EQ(spans[0].name, "process order.events");
  EXPECT_EQ(spans[0].kind, telemetry::SpanKind::kConsumer);
  EXPECT_EQ(spans[0].context.trace_id, kTrace);
  EXPECT_EQ(spans[0].parent_span_id, "00f067aa0ba902b7");
  ASSERT_TRUE(handled.has_value());
  EXPECT_EQ(spans[0].context.span_id, handled->span_id);
  EXPECT_NE(spans[0].context.span_id, spans[0].parent_span_id);
  EXPECT_THAT(spans[0].attributes,
              ::testing::IsSupersetOf(std::vector<std::pair<std::string, Span::Value>>{
                  {"messaging.system", "kafka"},
                  {"messaging.destination.name", "order.events"},
                  {"messaging.consumer.group.name", "notification-service"},
                  {"messaging.destination.partition.id", "3"},
                  {"messaging.kafka.offset", int64_t{7}},
                  {"orderflow.order_id", "order-1"},
                  {"messaging.message.id", "message-1"}}));
}

TEST_F(HandlingSpansTest, ABatchOfManyHasOneForEachRecord) {
  std::vector<Record> records;
  for (int64_t offset = 0; offset < 500; ++offset) {
    records.push_back(ARecord(offset, kSampled));
  }
  SetHandlingSpans(&tracer_, "g", records);

  RecordHandled(&tracer_, "g", records, Timestamp{}, "");

  std::set<std::string> ids;
  for (const Span& span : Recorded()) {
    ids.insert(span.context.span_id);
  }
  EXPECT_EQ(ids.size(), 500u);
}

TEST_F(HandlingSpansTest, TriedAgainItIsTheSameSpanAndOfAnotherGroupAnother) {
  std::vector<Record> first = {ARecord(7, kSampled)}, again = first, other = first;

  SetHandlingSpans(&tracer_, "g", first);
  SetHandlingSpans(&tracer_, "g", again);
  SetHandlingSpans(&tracer_, "h", other);

  EXPECT_EQ(first[0].span, again[0].span);
  EXPECT_NE(first[0].span, other[0].span);
}

TEST_F(HandlingSpansTest, WithoutATraceThatIsRecordedTheContextGoesOnAsItCame) {
  std::vector<Record> records = {ARecord(1, kNotSampled), ARecord(2, "nonsense")};
  records.emplace_back();

  SetHandlingSpans(&tracer_, "g", records);
  SetHandlingSpans(nullptr, "g", records);
  RecordHandled(&tracer_, "g", records, Timestamp{}, "");
  RecordHandled(nullptr, "g", records, Timestamp{}, "");

  EXPECT_EQ(messaging::TraceparentOf(records[0]), kNotSampled);
  EXPECT_EQ(messaging::TraceparentOf(records[2]), "");
  EXPECT_TRUE(Recorded().empty());
}

TEST_F(HandlingSpansTest, ARecordThatWasParkedHasFailed) {
  const std::vector<Record> records = {ARecord(7, kSampled)};

  RecordHandled(&tracer_, "g", records, Timestamp{}, "PARKED");

  EXPECT_EQ(Recorded().at(0).error, "PARKED");
}

}  // namespace
}  // namespace orderflow::inbox
