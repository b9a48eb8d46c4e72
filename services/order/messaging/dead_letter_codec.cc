#include "services/order/messaging/dead_letter_codec.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "google/protobuf/util/time_util.h"
#include "libs/base/planted_bug.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/packed_messages.h"
#include "libs/messaging/topics.h"
#include "libs/outbox/outbox_record.h"

namespace orderflow::order {
namespace {

constexpr char kDlqPrefix[] = "dlq_";
// The type of a packed record's value; it has no header that says so, its messages have.
constexpr char kPackedType[] = "orderflow.messaging.v1.PackedMessages";

bool IsAboutDeadLetters(std::string_view name) {
  return name.starts_with(kDlqPrefix) || name == messaging::kHeaderRedrivenFrom ||
         name == messaging::kHeaderRedrivenOffset || name == messaging::kHeaderDiscarded;
}

std::string HeaderOf(const messaging::Record& record, const char* name) {
  const std::string* value = record.headers.Find(name);
  return value == nullptr ? "" : outbox::ToStorableText(*value);
}

// -1 when it is no number of at least 0.
int64_t NumberOf(const messaging::Record& record, const char* name) {
  const std::string text = HeaderOf(record, name);
  int64_t number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : -1;
}

std::optional<Timestamp> ParkTimeOf(const messaging::Record& record) {
  using google::protobuf::util::TimeUtil;
  google::protobuf::Timestamp time;
  if (!TimeUtil::FromString(HeaderOf(record, messaging::kHeaderDlqTime), &time)) {
    return std::nullopt;
  }
  return Timestamp(Duration(TimeUtil::TimestampToMicroseconds(time)));
}

}  // namespace

DeadLetter ToDeadLetter(const messaging::Record& record) {
  DeadLetter letter{
      .id = {record.topic, record.partition, record.offset},
      .original_topic = HeaderOf(record, messaging::kHeaderDlqTopic),
      .original_partition = static_cast<int32_t>(NumberOf(record, messaging::kHeaderDlqPartition)),
      .original_offset = NumberOf(record, messaging::kHeaderDlqOffset),
      .first_offset = NumberOf(record, messaging::kHeaderRedrivenOffset),
      .is_command = false,
      .key = outbox::ToStorableText(record.key),
      .message_id = HeaderOf(record, messaging::kHeaderId),
      .type = messaging::IsPacked(record) ? kPackedType : HeaderOf(record, messaging::kHeaderType),
      .reason = HeaderOf(record, messaging::kHeaderDlqReason),
      .park_time = ParkTimeOf(record),
      .headers = {},
      .value = record.value};
  if (messaging::DeadLetterTopic(letter.original_topic) != record.topic ||
      letter.original_partition < 0 || letter.original_offset < 0) {
    letter.original_topic.clear();
    letter.original_partition = 0;
    letter.original_offset = 0;
  }
  if (letter.first_offset < 0) {
    letter.first_offset = letter.original_offset;
  }
  letter.is_command = letter.original_topic == messaging::kInventoryCommands ||
                      letter.original_topic == messaging::kPaymentCommands;
  for (const auto& [name, value] : record.headers) {
    if (!IsAboutDeadLetters(name)) {
      letter.headers.emplace_back(outbox::ToStorableText(name), outbox::ToStorableText(value));
    }
  }
  return letter;
}

std::vector<DeadLetter> MessagesIn(const DeadLetter& letter) {
  std::vector<messaging::Record> records;
  if (letter.type != kPackedType ||
      !messaging::Unpack(letter.value, {letter.original_topic, letter.original_partition},
                         letter.original_offset, records)) {
    return {letter};
  }
  DeadLetter place = letter;
  place.value.clear();
  place.headers.clear();
  std::vector<DeadLetter> messages;
  for (messaging::Record& record : records) {
    DeadLetter& message = messages.emplace_back(place);
    message.key = outbox::ToStorableText(record.key);
    message.message_id = HeaderOf(record, messaging::kHeaderId);
    message.type = HeaderOf(record, messaging::kHeaderType);
    for (const auto& [name, value] : record.headers) {
      message.headers.emplace_back(name, outbox::ToStorableText(value));
    }
    message.value = std::move(record.value);
  }
  return messages;
}

DeadLetterHeaders SentHeadersOf(const DeadLetter& letter, DeadLetterActionKind kind) {
  const bool is_redrive = kind == DeadLetterActionKind::kRedrive;
  DeadLetterHeaders headers = is_redrive ? letter.headers : DeadLetterHeaders();
  headers.emplace_back(messaging::kHeaderRedrivenFrom, ToString(letter.id));
  headers.emplace_back(messaging::kHeaderRedrivenOffset, std::to_string(letter.first_offset));
  if (!is_redrive) {
    headers.emplace_back(messaging::kHeaderDiscarded, "true");
  }
  return headers;
}

std::optional<outbox::OutboxMessage> MessageOf(const DeadLetter& letter,
                                               DeadLetterActionKind kind) {
  const bool is_redrive = kind == DeadLetterActionKind::kRedrive;
  const bool somebody_waits = messaging::LaterRecordsWait(letter.original_topic) &&
                              !letter.key.empty() && !IsPlanted(PlantedBug::kDiscardHoldsOrderBack);
  if (!is_redrive && !somebody_waits) {
    return std::nullopt;
  }
  messaging::RecordHeaders headers;
  for (const auto& [name, value] : SentHeadersOf(letter, kind)) {
    headers.Set(name, value);
  }
  return outbox::OutboxMessage{.message_id = "",
                               .topic = letter.original_topic,
                               .key = letter.key,
                               .type = is_redrive && letter.type != kPackedType ? letter.type : "",
                               .sequence = 0,
                               .traceparent = "",
                               .payload = is_redrive ? letter.value : "",
                               .headers_json = outbox::HeadersToJson(headers)};
}

}  // namespace orderflow::order
