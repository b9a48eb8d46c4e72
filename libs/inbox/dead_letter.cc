#include "libs/inbox/dead_letter.h"

#include <utility>

#include "fmt/format.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox_record.h"

namespace orderflow::inbox {
namespace {

constexpr size_t kReasonSizeMax = 1000;  // bytes; a header is for reading, not for dumps

}  // namespace

outbox::OutboxMessage MakeDeadLetter(const messaging::Record& record, const std::string& reason,
                                     std::string message_id, Timestamp now) {
  messaging::RecordHeaders headers = record.headers;
  headers.Set(messaging::kHeaderDlqReason, reason.substr(0, kReasonSizeMax));
  headers.Set(messaging::kHeaderDlqTopic, record.topic);
  headers.Set(messaging::kHeaderDlqPartition, fmt::format("{}", record.partition));
  headers.Set(messaging::kHeaderDlqOffset, fmt::format("{}", record.offset));
  headers.Set(messaging::kHeaderDlqTime, outbox::FormatRfc3339(now));
  const std::string* type = record.headers.Find(messaging::kHeaderType);
  return {.message_id = std::move(message_id),
          .topic = messaging::DeadLetterTopic(record.topic),
          .key = outbox::ToStorableText(record.key),
          .type = type == nullptr ? "" : outbox::ToStorableText(*type),
          .sequence = 0,
          .traceparent = "",
          .payload = record.value,
          .headers_json = outbox::HeadersToJson(headers)};
}

}  // namespace orderflow::inbox
