#pragma once

#include <string>

#include "absl/status/status.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging {

// Statuses for librdkafka's error codes (rd_kafka_resp_err_t, passed as int to keep its header
// out). `tried` says what was tried.

// kInvalidArgument when the record itself is refused, which no repetition changes; else
// kUnavailable.
absl::Status SendError(int error, const std::string& tried);

// kUnavailable.
absl::Status ReadError(const std::string& tried, const std::string& reason);

// kOutOfRange with the metadata that Consumer::PollBatch promises.
absl::Status OffsetOutOfRange(const TopicPartition& partition, const std::string& reason);

}  // namespace orderflow::messaging
