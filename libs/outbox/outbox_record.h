#pragma once

#include <string>
#include <string_view>

#include "libs/base/clock.h"
#include "libs/messaging/record.h"
#include "libs/messaging/record_headers.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::outbox {

// The Kafka record of a stored message: CloudEvents headers, `sequence` when numbered,
// `traceparent` when there is one, and the message's further headers, which win over the standard
// ones (a dead letter keeps those of the original). ce_time is read from the message id (UUIDv7),
// so a record that is sent twice is the same twice. Pure.
messaging::Record ToRecord(const OutboxMessage& message, const std::string& source);

// When the message was made, to the millisecond: read from its id (UUIDv7). Pure.
Timestamp TimeOf(const OutboxMessage& message);

// "2026-11-24T13:54:00.000042Z", the form of times in headers. Pure.
std::string FormatRfc3339(Timestamp time);

// Headers as OutboxMessage::headers_json. Bytes that are not UTF-8 are replaced. Pure.
std::string HeadersToJson(const messaging::RecordHeaders& headers);

// `text` with everything replaced that a PostgreSQL text column cannot hold. Pure.
std::string ToStorableText(std::string_view text);

}  // namespace orderflow::outbox
