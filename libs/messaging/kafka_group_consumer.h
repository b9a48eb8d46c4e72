#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/messaging/consumer.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_client.h"

namespace orderflow::messaging {

// The consumer behind MakeKafkaConsumer. Takes messages one at a time: librdkafka's batch call
// loses messages around seeks and rebalances (before 2.1) and waits its full timeout.
class KafkaGroupConsumer final : public Consumer {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaGroupConsumer>> Make(const KafkaOptions& options,
                                                                  const std::string& group,
                                                                  std::vector<std::string> topics,
                                                                  AssignmentListener& listener);
  ~KafkaGroupConsumer() override;

  absl::StatusOr<std::vector<Record>> PollBatch(size_t batch_max, Duration timeout) override;
  absl::Status Seek(const TopicPartition& partition, int64_t offset) override;
  void CommitAsync(const std::map<TopicPartition, int64_t>& next_offsets) override;
  int64_t Lag() override;
  void Close() override;

  void BreakForTest();

 private:
  KafkaGroupConsumer(const KafkaOptions& options, const std::string& group,
                     std::vector<std::string> topics, AssignmentListener& listener);
  absl::Status Join();
  absl::Status Rejoin(Duration timeout);
  absl::Status Assign();
  absl::Status Reassign();
  void OnRebalance(int error, rd_kafka_topic_partition_list_s* partitions);
  void OnAssign(const rd_kafka_topic_partition_list_s& partitions);
  void OnRevoke();
  // Adds a record, or the messages of a packed one, to `batch_`, or keeps an error for later.
  // False: take no more for now.
  bool Take(Duration timeout);
  absl::Status ErrorOf(const rd_kafka_message_s& message) const;

  const KafkaProperties properties_;
  const std::vector<std::string> topics_;
  const Duration rejoin_delay_;
  AssignmentListener& listener_;
  KafkaEvents events_;
  KafkaHandle client_;
  std::vector<TopicPartition> unassigned_;       // ours, but the listener has not said from where
  std::map<TopicPartition, int64_t> positions_;  // next offset of each assigned partition
  bool reassign_ = false;                        // before the next poll
  std::vector<Record> batch_;                    // of the PollBatch that runs
  std::optional<std::chrono::steady_clock::time_point> rejoin_time_;  // set while broken
  std::optional<absl::Status> pending_error_;  // to be returned by the next PollBatch
};

}  // namespace orderflow::messaging
