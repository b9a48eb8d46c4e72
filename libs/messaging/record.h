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
// (libs/messaging/headers.h).
struct Record {
  std::string topic;
  std::string key;  // the order id: one order's records keep their order
  std::string value;
  RecordHeaders headers;

  // Set on consumed records only.
  int32_t partition = -1;
  int64_t offset = -1;
  std::string span{};  // traceparent of its handling, when that is recorded (record_trace.h)
};

}  // namespace orderflow::messaging
