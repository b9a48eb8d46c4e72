#include "libs/inbox/handling_spans.h"

#include <optional>

#include "fmt/format.h"
#include "libs/messaging/headers.h"
#include "libs/telemetry/span.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::inbox {
namespace {

using messaging::Record;
using telemetry::Span;
using telemetry::TraceContext;
using telemetry::Tracer;

std::optional<TraceContext> ParentOf(const Tracer* tracer, const Record& record) {
  const std::string* header = record.headers.Find(messaging::kHeaderTraceparent);
  return header == nullptr ? std::nullopt : Tracer::ParentToRecord(tracer, *header);
}

// Several groups may read a record, and after a redrive it stands elsewhere.
TraceContext SpanOf(const TraceContext& parent, const std::string& group, const Record& record) {
  return telemetry::ChildOf(parent, fmt::format("{} {}-{}@{}.{}", group, record.topic,
                                                record.partition, record.offset, record.index));
}

Span HandlingSpan(const std::string& group, const Record& record) {
  Span span{
      .name = "process " + record.topic,
      .kind = telemetry::SpanKind::kConsumer,
      .context = {},
      .parent_span_id = "",
      .start = {},
      .end = {},
      .attributes = {{telemetry::kAttributeMessagingSystem, "kafka"},
                     {telemetry::kAttributeMessagingDestination, record.topic},
                     {telemetry::kAttributeMessagingOperation, "process"},
                     {telemetry::kAttributeMessagingOperationName, "process"},
                     {telemetry::kAttributeMessagingGroup, group},
                     {telemetry::kAttributeMessagingPartition, std::to_string(record.partition)},
                     {telemetry::kAttributeMessagingOffset, record.offset},
                     {telemetry::kAttributeOrderId, record.key}}};
  if (const std::string* id = record.headers.Find(messaging::kHeaderId)) {
    span.attributes.emplace_back(telemetry::kAttributeMessagingMessageId, *id);
  }
  return span;
}

}  // namespace

void SetHandlingSpans(const Tracer* tracer, const std::string& group, std::span<Record> records) {
  for (Record& record : records) {
    if (const auto parent = ParentOf(tracer, record)) {
      record.span = SpanOf(*parent, group, record).ToTraceparent();
    }
  }
}

void RecordHandled(Tracer* tracer, const std::string& group, std::span<const Record> records,
                   Timestamp start, const std::string& error) {
  const Timestamp end = SystemClock().Now();
  for (const Record& record : records) {
    if (const auto parent = ParentOf(tracer, record)) {
      Span span = HandlingSpan(group, record);
      span.context = SpanOf(*parent, group, record);
      span.parent_span_id = parent->span_id;
      span.start = start;
      span.end = end;
      span.error = error;
      tracer->Record(std::move(span));
    }
  }
}

}  // namespace orderflow::inbox
