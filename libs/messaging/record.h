#pragma once

#include <cstdint>
#include <string>

#include "libs/messaging/record_headers.h"

namespace orderflow::messaging {

// Where a record stands in the log.
struct TopicPartition {
  std::string topic;
  int32_t partition = 0;

  auto operator<=>(const TopicPartition&) const = default;
};

// One record, as produced or as consumed. Headers follow the CloudEvents Kafka binding
// (libs/messaging/headers.h). A record of the log that holds several messages is consumed as that
// many of these, at the same place and in a row (packed_messages.h).
struct Record {
  std::string topic;
  std::string key;  // the order id: one order's records keep their order
  std::string value;
  RecordHeaders headers;

  // Set on consumed records only.
  int32_t partition = -1;
  int64_t offset = -1;
  // Which one it is, from 0, of how many that the record of the log holds.
  int32_t index = 0;
  int32_t count = 1;
  std::string span{};  // traceparent of its handling, when that is recorded (record_trace.h)
};

// Whether reading on after `record` begins at another offset.
inline bool EndsItsOffset(const Record& record) { return record.index + 1 >= record.count; }

}  // namespace orderflow::messaging
