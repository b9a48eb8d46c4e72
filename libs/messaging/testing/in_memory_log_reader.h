#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/messaging/log_reader.h"

namespace orderflow::messaging {

// A log in memory. Every topic has as many partitions; another one cannot be read, as with a
// broker. Threadsafe.
class InMemoryLogReader final : public LogReader {
 public:
  explicit InMemoryLogReader(int partitions) : partitions_(partitions) {}

  // Appends a record and returns its offset.
  int64_t Append(const TopicPartition& partition, Record record) {
    MutexLock lock(mutex_);
    std::vector<Record>& log = logs_[partition];
    record.topic = partition.topic;
    record.partition = partition.partition;
    record.offset = static_cast<int64_t>(log.size());
    log.push_back(std::move(record));
    return log.back().offset;
  }
  // As if every topic had been made anew.
  void Clear() {
    MutexLock lock(mutex_);
    logs_.clear();
  }
  int reads() {
    MutexLock lock(mutex_);
    return reads_;
  }

  // The latest one that a call has brought.
  Deadline latest_deadline() {
    MutexLock lock(mutex_);
    return latest_deadline_;
  }

  absl::StatusOr<int> CountPartitions(const std::string& /*topic*/, Deadline deadline) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(CheckTime(deadline));
    return partitions_;
  }
  absl::StatusOr<int64_t> CountRecords(const std::string& topic, Deadline deadline) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(CheckTime(deadline));
    int64_t count = 0;
    for (const auto& [partition, log] : logs_) {
      count += partition.topic == topic ? static_cast<int64_t>(log.size()) : 0;
    }
    return count;
  }
  absl::StatusOr<LogSlice> Read(const TopicPartition& partition, int64_t from, size_t count_max,
                                Deadline deadline) override {
    MutexLock lock(mutex_);
    RETURN_IF_ERROR(CheckTime(deadline));
    if (partition.partition >= partitions_) {
      return absl::UnavailableError("there is no such partition");
    }
    ++reads_;
    LogSlice slice;
    const std::vector<Record>& log = logs_[partition];
    for (size_t next = static_cast<size_t>(from); next < log.size(); ++next) {
      if (slice.records.size() == count_max) {
        slice.next = static_cast<int64_t>(next);
        break;
      }
      slice.records.push_back(log[next]);
    }
    return slice;
  }

 private:
  absl::Status CheckTime(Deadline deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    latest_deadline_ = std::max(latest_deadline_, deadline);
    return deadline > std::chrono::steady_clock::now() ? absl::OkStatus()
                                                       : absl::UnavailableError("no time left");
  }

  const int partitions_;
  Mutex mutex_;
  std::map<TopicPartition, std::vector<Record>> logs_ ABSL_GUARDED_BY(mutex_);
  int reads_ ABSL_GUARDED_BY(mutex_) = 0;
  Deadline latest_deadline_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::messaging
