#include "libs/outbox/publish_span.h"

#include <algorithm>

#include "libs/base/clock.h"
#include "libs/messaging/headers.h"
#include "libs/outbox/outbox_record.h"
#include "libs/telemetry/span.h"
#include "libs/telemetry/tracer.h"

namespace orderflow::outbox {

using telemetry::Tracer;

void SetTrace(const Tracer* tracer, const OutboxMessage& message, messaging::Record& record) {
  if (const auto parent = Tracer::ParentToRecord(tracer, message.traceparent)) {
    record.headers.Set(messaging::kHeaderTraceparent,
                       telemetry::ChildOf(*parent, message.message_id).ToTraceparent());
  }
}

std::string TraceparentToSend(const Tracer* tracer, const OutboxMessage& message) {
  const auto parent = Tracer::ParentToRecord(tracer, message.traceparent);
  return parent ? telemetry::ChildOf(*parent, message.message_id).ToTraceparent()
                : message.traceparent;
}

void RecordPublished(Tracer* tracer, const OutboxMessage& message) {
  const auto parent = Tracer::ParentToRecord(tracer, message.traceparent);
  if (!parent) {
    return;
  }
  const Timestamp now = SystemClock().Now();
  tracer->Record({.name = "publish " + message.topic,
                  .kind = telemetry::SpanKind::kProducer,
                  .context = telemetry::ChildOf(*parent, message.message_id),
                  .parent_span_id = parent->span_id,
                  .start = std::min(TimeOf(message), now),
                  .end = now,
                  .attributes = {{telemetry::kAttributeMessagingSystem, "kafka"},
                                 {telemetry::kAttributeMessagingDestination, message.topic},
                                 {telemetry::kAttributeMessagingOperation, "send"},
                                 {telemetry::kAttributeMessagingOperationName, "publish"},
                                 {telemetry::kAttributeMessagingMessageId, message.message_id},
                                 {telemetry::kAttributeOrderId, message.key}}});
}

}  // namespace orderflow::outbox
