#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "libs/base/mutex.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_client.h"
#include "libs/messaging/log_reader.h"

namespace orderflow::messaging {

// The reader behind MakeKafkaLogReader: one client, one call at a time.
class KafkaLogReader final : public LogReader {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaLogReader>> Make(const KafkaOptions& options);
  ~KafkaLogReader() override;

  absl::StatusOr<int> CountPartitions(const std::string& topic) override;
  absl::StatusOr<int64_t> CountRecords(const std::string& topic) override;
  absl::StatusOr<LogSlice> Read(const TopicPartition& partition, int64_t from,
                                size_t count_max) override;

 private:
  KafkaLogReader() = default;
  absl::StatusOr<LogSlice> Take(const TopicPartition& partition, int64_t from, int64_t end,
                                size_t count_max) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  KafkaEvents events_;
  Mutex mutex_;
  KafkaHandle client_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::messaging
