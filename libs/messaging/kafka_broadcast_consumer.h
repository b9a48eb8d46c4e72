#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/messaging/consumer.h"
#include "libs/messaging/kafka.h"
#include "libs/messaging/kafka_client.h"

namespace orderflow::messaging {

// The consumer behind MakeKafkaBroadcastConsumer. The ends of the partitions are asked for before
// the first PollBatch succeeds: every record written after that success is seen. After kUnavailable
// the caller must assume that it missed some when positions were lost; it then starts at the ends
// again.
class KafkaBroadcastConsumer final : public Consumer {
 public:
  static absl::StatusOr<std::unique_ptr<KafkaBroadcastConsumer>> Make(const KafkaOptions& options,
                                                                      const std::string& topic);
  ~KafkaBroadcastConsumer() override;

  absl::StatusOr<std::vector<Record>> PollBatch(size_t batch_max, Duration timeout) override;
  // kUnimplemented: there is no progress to go back to.
  absl::Status Seek(const TopicPartition& partition, int64_t offset) override;
  void CommitAsync(const std::map<TopicPartition, int64_t>& next_offsets) override;
  int64_t Lag() override;
  void Close() override;

 private:
  KafkaBroadcastConsumer(KafkaProperties properties, std::string topic);
  absl::Status StartAtEnds(Duration timeout);

  const KafkaProperties properties_;
  const std::string topic_;
  KafkaEvents events_;
  KafkaHandle client_;
  std::map<int32_t, int64_t> positions_;  // next offset of each partition; empty: not started
};

}  // namespace orderflow::messaging
