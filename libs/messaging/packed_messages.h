#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "libs/messaging/record.h"

namespace orderflow::messaging::v1 {
class PackedMessages;
}

namespace orderflow::messaging {

// Several messages of one topic and partition in one record (docs/adr/0031). Its value is an
// orderflow.messaging.v1.PackedMessages, its header content-type says so, its key is the first
// message's.
inline constexpr char kPackedContentType[] = "application/vnd.orderflow.messages+protobuf";
inline constexpr int kPackedMessagesMax = 1000;  // in one record

// What a message is beside its topic and source; all that can travel in a packed record.
struct MessageView {
  std::string_view key;
  std::string_view id;    // ce_id
  std::string_view type;  // ce_type
  std::string_view time;  // ce_time
  int64_t sequence = 0;   // 0: not numbered
  std::string_view traceparent;
  std::string_view payload;
};

// Makes packed records, one after the other; it keeps the memory of one for the next. Not
// threadsafe.
class MessagePacker {
 public:
  explicit MessagePacker(const std::string& source);  // ce_source of all messages
  ~MessagePacker();

  // Texts must be UTF-8.
  void Add(const MessageView& message);
  // The record of what was added, at least one message, in that order; begins anew.
  Record Take(const std::string& topic);

 private:
  const std::unique_ptr<v1::PackedMessages> messages_;
};

// Whether `record` is a packed one: when it was consumed, one that could not be unpacked. Pure.
bool IsPacked(const Record& record);

// Appends to `records` what stands in the value of the packed record at that place: each message as
// if it had come in a record of its own there. False, and nothing appended: the value is no list of
// messages, or not whole. Pure.
bool Unpack(std::string_view value, const TopicPartition& partition, int64_t offset,
            std::vector<Record>& records);

}  // namespace orderflow::messaging
