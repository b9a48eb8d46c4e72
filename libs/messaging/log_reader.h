#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging {

// Consecutive records of one partition.
struct LogSlice {
  std::vector<Record> records;
  std::optional<int64_t> next;  // where to go on; nothing: this was the end of the log
};

// Looks into topics without being a consumer of them: no group, nobody's progress moves. For people
// and tools, not for a hot path. Threadsafe. Every call ends at its deadline, also when it waits
// for others' calls, and usually earlier: a broker that is asked has a few seconds. kUnavailable:
// broker out of reach, no answer in time, or no such topic or partition.
class LogReader {
 public:
  using Deadline = std::chrono::steady_clock::time_point;

  virtual ~LogReader() = default;

  virtual absl::StatusOr<int> CountPartitions(const std::string& topic, Deadline deadline) = 0;

  // Records that a topic holds, as its offsets say: control records count, too.
  virtual absl::StatusOr<int64_t> CountRecords(const std::string& topic, Deadline deadline) = 0;

  // Up to `count_max` records from `from` on, or from the first one that is still there; of a
  // packed one all messages. Ends at what is the end of the log when it begins, so it is bounded
  // however quickly the log grows.
  virtual absl::StatusOr<LogSlice> Read(const TopicPartition& partition, int64_t from,
                                        size_t count_max, Deadline deadline) = 0;
};

}  // namespace orderflow::messaging
