#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/messaging/consumer.h"
#include "libs/messaging/headers.h"
#include "libs/messaging/packed_messages.h"

namespace orderflow::inbox {

// A log of records in memory that several consumers read. Threadsafe.
class Log {
 public:
  void Append(int32_t partition, const std::string& value) { AppendPacked(partition, {value}); }

  // One record that holds so many messages.
  void AppendPacked(int32_t partition, const std::vector<std::string>& values) {
    std::vector<messaging::Record> messages;
    for (const std::string& value : values) {
      messages.push_back({.topic = "t",
                          .key = "key",
                          .value = value,
                          .headers = {{"ce_id", "id-of-" + value}},
                          .partition = partition,
                          .index = static_cast<int32_t>(messages.size()),
                          .count = static_cast<int32_t>(values.size())});
    }
    Append(partition, std::move(messages));
  }

  // A packed record that cannot be unpacked.
  void AppendDamaged(int32_t partition, const std::string& value) {
    messaging::Record record;
    record.topic = "t";
    record.key = "key";
    record.value = value;
    record.headers = {{messaging::kHeaderContentType, messaging::kPackedContentType}};
    record.partition = partition;
    Append(partition, {record});
  }

  int64_t End(const messaging::TopicPartition& partition) {
    MutexLock lock(mutex_);
    return static_cast<int64_t>(partitions_[partition].size());
  }

  std::vector<messaging::Record> At(const messaging::TopicPartition& partition, int64_t offset) {
    MutexLock lock(mutex_);
    return partitions_[partition].at(static_cast<size_t>(offset));
  }

 private:
  void Append(int32_t partition, std::vector<messaging::Record> messages) {
    MutexLock lock(mutex_);
    auto& log = partitions_[{"t", partition}];
    for (messaging::Record& message : messages) {
      message.offset = static_cast<int64_t>(log.size());
    }
    log.push_back(std::move(messages));
  }

  Mutex mutex_;
  // By offset.
  std::map<messaging::TopicPartition, std::vector<std::vector<messaging::Record>>> partitions_
      ABSL_GUARDED_BY(mutex_);
};

// What a test does to a LogConsumer from outside. Threadsafe.
class ConsumerControl {
 public:
  // Makes PollBatch stop before it returns records, as if the process had been paused there.
  void Pause() {
    MutexLock lock(mutex_);
    paused_ = true;
  }
  void Resume() {
    MutexLock lock(mutex_);
    paused_ = false;
    changed_.notify_all();
  }
  bool WaitUntilStopped() {
    MutexLock lock(mutex_);
    return changed_.wait_for(mutex_, std::chrono::seconds(20),
                             [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return stopped_; });
  }
  // Takes all partitions away at the next poll and gives them back at the one after.
  void Rebalance() {
    MutexLock lock(mutex_);
    rebalance_ = true;
  }

  void PassPausePoint() {
    MutexLock lock(mutex_);
    stopped_ = paused_;
    changed_.notify_all();
    changed_.wait(mutex_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return !paused_; });
    stopped_ = false;
  }
  bool TakeRebalance() {
    MutexLock lock(mutex_);
    return std::exchange(rebalance_, false);
  }

 private:
  Mutex mutex_;
  ConditionVariable changed_;
  bool paused_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  bool rebalance_ ABSL_GUARDED_BY(mutex_) = false;
};

// Reads partitions 0 to `partition_count` - 1 of a Log. Assignment as a broker's, only at once.
class LogConsumer final : public messaging::Consumer {
 public:
  LogConsumer(Log& log, int partition_count, messaging::AssignmentListener& listener,
              ConsumerControl& control)
      : log_(log), listener_(listener), control_(control) {
    for (int32_t partition = 0; partition < partition_count; ++partition) {
      partitions_.push_back({"t", partition});
    }
  }

  absl::StatusOr<std::vector<messaging::Record>> PollBatch(size_t batch_max,
                                                           Duration /*timeout*/) override {
    if (control_.TakeRebalance()) {
      positions_.clear();
      listener_.OnRevoked(partitions_);
      return std::vector<messaging::Record>();
    }
    if (positions_.empty()) {
      const auto start = listener_.OnAssigned(partitions_);
      if (!start.ok()) {
        return std::vector<messaging::Record>();
      }
      positions_ = *start;
    }
    std::vector<messaging::Record> records;
    for (auto& [partition, position] : positions_) {
      position = std::max<int64_t>(position, 0);  // kOffsetBeginning
      if (position > log_.End(partition)) {
        return TypedError(
            absl::StatusCode::kOutOfRange, "offset out of range", "OFFSET_OUT_OF_RANGE",
            {{messaging::kMetadataTopic, partition.topic},
             {messaging::kMetadataPartition, fmt::format("{}", partition.partition)}});
      }
      while (position < log_.End(partition) && records.size() < batch_max) {
        const std::vector<messaging::Record> messages = log_.At(partition, position++);
        records.insert(records.end(), messages.begin(), messages.end());
      }
    }
    if (!records.empty()) {
      control_.PassPausePoint();
    }
    return records;
  }

  absl::Status Seek(const messaging::TopicPartition& partition, int64_t offset) override {
    positions_[partition] = offset;
    return absl::OkStatus();
  }
  void CommitAsync(const std::map<messaging::TopicPartition, int64_t>& /*next_offsets*/) override {}
  int64_t Lag() override { return 0; }
  void Close() override {}

 private:
  Log& log_;
  messaging::AssignmentListener& listener_;
  ConsumerControl& control_;
  std::vector<messaging::TopicPartition> partitions_;
  std::map<messaging::TopicPartition, int64_t> positions_;
};

}  // namespace orderflow::inbox
