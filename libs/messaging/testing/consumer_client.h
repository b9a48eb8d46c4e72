#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/messaging/consumer.h"
#include "libs/messaging/testing/broker_state.h"

namespace orderflow::messaging::testing {

// The consumer of InMemoryBroker. Without a listener it reads every partition from the end, outside
// any group.
class ConsumerClient final : public Consumer {
 public:
  ConsumerClient(std::shared_ptr<BrokerState> state, std::string group,
                 std::vector<std::string> topics, AssignmentListener* listener);
  ~ConsumerClient() override;

  absl::StatusOr<std::vector<Record>> PollBatch(size_t batch_max, Duration timeout) override;
  absl::Status Seek(const TopicPartition& partition, int64_t offset) override;
  void CommitAsync(const std::map<TopicPartition, int64_t>& next_offsets) override;
  int64_t Lag() override;
  void Close() override;

 private:
  bool NeedsRebalance() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex);
  int64_t Resolve(const TopicPartition& partition, int64_t offset) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex);
  void Revoke();
  // Gives up the old share and starts with the new one, when there is a new one.
  absl::Status JoinRebalance();
  void StartAtEnds() ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex);
  absl::StatusOr<std::vector<Record>> Take(size_t batch_max)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex);

  const std::shared_ptr<BrokerState> state_;
  const std::string group_;
  const std::vector<std::string> topics_;
  AssignmentListener* const listener_;
  int member_ = -1;
  int generation_ = -1;
  bool closed_ = false;
  std::map<TopicPartition, int64_t> positions_;
};

}  // namespace orderflow::messaging::testing
