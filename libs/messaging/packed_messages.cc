#include "libs/messaging/packed_messages.h"

#include <google/protobuf/arena.h>

#include <limits>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/messaging/headers.h"
#include "orderflow/messaging/v1/packed_messages.pb.h"

namespace orderflow::messaging {
namespace {

constexpr size_t kHeadersMax = 7;

void Assign(std::string& text, std::string_view value) { text.assign(value.data(), value.size()); }

// The headers that the message would have in a record of its own, in the same order.
RecordHeaders TakeHeaders(const std::string& source, v1::PackedMessage& message) {
  RecordHeaders headers;
  headers.reserve(kHeadersMax);
  headers.Add(kHeaderSpecVersion, "1.0");
  headers.Add(kHeaderId, std::move(*message.mutable_id()));
  headers.Add(kHeaderType, std::move(*message.mutable_type()));
  headers.Add(kHeaderSource, source);
  headers.Add(kHeaderTime, std::move(*message.mutable_time()));
  if (message.sequence() != 0) {
    headers.Add(kHeaderSequence, std::to_string(message.sequence()));
  }
  if (!message.traceparent().empty()) {
    headers.Add(kHeaderTraceparent, std::move(*message.mutable_traceparent()));
  }
  return headers;
}

}  // namespace

MessagePacker::MessagePacker(const std::string& source)
    : messages_(std::make_unique<v1::PackedMessages>()) {
  messages_->set_source(source);
}

MessagePacker::~MessagePacker() = default;

void MessagePacker::Add(const MessageView& message) {
  v1::PackedMessage& packed = *messages_->add_messages();
  Assign(*packed.mutable_key(), message.key);
  Assign(*packed.mutable_id(), message.id);
  Assign(*packed.mutable_type(), message.type);
  Assign(*packed.mutable_time(), message.time);
  packed.set_sequence(message.sequence);
  Assign(*packed.mutable_traceparent(), message.traceparent);
  Assign(*packed.mutable_payload(), message.payload);
}

Record MessagePacker::Take(const std::string& topic) {
  INVARIANT(messages_->messages_size() > 0, "a record of no messages");
  messages_->set_message_count(static_cast<uint32_t>(messages_->messages_size()));
  Record record;
  record.topic = topic;
  record.key = messages_->messages(0).key();
  messages_->SerializeToString(&record.value);
  record.headers.Add(kHeaderContentType, kPackedContentType);
  messages_->clear_messages();
  return record;
}

bool IsPacked(const Record& record) {
  const std::string* type = record.headers.Find(kHeaderContentType);
  return type != nullptr && *type == kPackedContentType;
}

bool Unpack(std::string_view value, const TopicPartition& partition, int64_t offset,
            std::vector<Record>& records) {
  constexpr size_t kSizeMax = std::numeric_limits<int>::max();
  google::protobuf::Arena arena;
  auto& packed = *google::protobuf::Arena::CreateMessage<v1::PackedMessages>(&arena);
  if (value.size() > kSizeMax ||
      !packed.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      packed.messages().empty() || packed.messages_size() > kPackedMessagesMax ||
      packed.message_count() != static_cast<uint32_t>(packed.messages_size())) {
    return false;
  }
  const int32_t count = packed.messages_size();
  for (int32_t index = 0; index < count; ++index) {
    v1::PackedMessage& message = *packed.mutable_messages(index);
    records.push_back({.topic = partition.topic,
                       .key = std::move(*message.mutable_key()),
                       .value = std::move(*message.mutable_payload()),
                       .headers = TakeHeaders(packed.source(), message),
                       .partition = partition.partition,
                       .offset = offset,
                       .index = index,
                       .count = count});
  }
  return true;
}

}  // namespace orderflow::messaging
