#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/messaging/record.h"

struct rd_kafka_s;

namespace orderflow::messaging {

// Questions to the broker about partitions. Each waits for its answer until `deadline`, at least a
// moment. kUnavailable: none came, or there is no such topic.

absl::StatusOr<int> CountPartitions(rd_kafka_s* client, const std::string& topic,
                                    std::chrono::steady_clock::time_point deadline);

// Which offsets a partition holds: from `begin` on, and before `end`.
struct LogRange {
  int64_t begin = 0;
  int64_t end = 0;
};
absl::StatusOr<LogRange> RangeOf(rd_kafka_s* client, const TopicPartition& partition,
                                 std::chrono::steady_clock::time_point deadline);

}  // namespace orderflow::messaging
