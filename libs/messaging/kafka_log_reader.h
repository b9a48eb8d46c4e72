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

  absl::StatusOr<int> CountPartitions(const std::string& topic, Deadline deadline) override;
  absl::StatusOr<int64_t> CountRecords(const std::string& topic, Deadline deadline) override;
  absl::StatusOr<LogSlice> Read(const TopicPartition& partition, int64_t from, size_t count_max,
                                Deadline deadline) override;

 private:
  // Gives the client back.
  struct GiveBack {
    KafkaLogReader* reader;
    void operator()(rd_kafka_s* client) const;
  };
  // The client, for the holder alone.
  using Lease = std::unique_ptr<rd_kafka_s, GiveBack>;

  KafkaLogReader() = default;
  absl::StatusOr<Lease> Borrow(Deadline deadline);
  static absl::StatusOr<LogSlice> Take(rd_kafka_s* client, const TopicPartition& partition,
                                       int64_t from, int64_t end, size_t count_max,
                                       Deadline deadline);

  KafkaEvents events_;
  KafkaHandle client_;  // constant after Make; used through a lease
  Mutex mutex_;
  ConditionVariable given_back_;
  bool lent_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace orderflow::messaging
