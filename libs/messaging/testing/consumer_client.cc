#include "libs/messaging/testing/consumer_client.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "fmt/format.h"
#include "libs/messaging/kafka_errors.h"

namespace orderflow::messaging::testing {

ConsumerClient::ConsumerClient(std::shared_ptr<BrokerState> state, std::string group,
                               std::vector<std::string> topics, AssignmentListener* listener)
    : state_(std::move(state)),
      group_(std::move(group)),
      topics_(std::move(topics)),
      listener_(listener) {
  if (listener_ != nullptr) {
    MutexLock lock(state_->mutex);
    member_ = state_->next_member++;
    Group& members = state_->groups[group_];
    members.members.push_back(member_);
    ++members.generation;
  }
}

ConsumerClient::~ConsumerClient() { ConsumerClient::Close(); }

absl::StatusOr<std::vector<Record>> ConsumerClient::PollBatch(size_t batch_max, Duration timeout) {
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    if (absl::Status status = JoinRebalance(); !status.ok()) {
      return status;
    }
    MutexLock lock(state_->mutex);
    if (!state_->reachable) {
      return absl::UnavailableError("the broker cannot be reached");
    }
    if (NeedsRebalance()) {
      continue;
    }
    absl::StatusOr<std::vector<Record>> batch = Take(batch_max);
    if (!batch.ok() || !batch->empty()) {
      return batch;
    }
    if (state_->changed.wait_until(state_->mutex, deadline) == std::cv_status::timeout) {
      return batch;
    }
  }
}

absl::Status ConsumerClient::Seek(const TopicPartition& partition, int64_t offset) {
  const auto position = positions_.find(partition);
  if (position == positions_.end()) {
    return absl::FailedPreconditionError(
        fmt::format("{}[{}] is not assigned", partition.topic, partition.partition));
  }
  MutexLock lock(state_->mutex);
  position->second = Resolve(partition, offset);
  return absl::OkStatus();
}

void ConsumerClient::CommitAsync(const std::map<TopicPartition, int64_t>& next_offsets) {
  MutexLock lock(state_->mutex);
  for (const auto& [partition, offset] : next_offsets) {
    state_->groups[group_].committed[partition] = offset;
  }
}

int64_t ConsumerClient::Lag() {
  MutexLock lock(state_->mutex);
  int64_t lag = 0;
  for (const auto& [partition, position] : positions_) {
    lag += std::max<int64_t>(0, state_->LogOf(partition).end() - position);
  }
  return lag;
}

void ConsumerClient::Close() {
  if (listener_ == nullptr || closed_) {
    return;
  }
  closed_ = true;
  {
    MutexLock lock(state_->mutex);
    Group& group = state_->groups[group_];
    std::erase(group.members, member_);
    ++group.generation;
    state_->changed.notify_all();
  }
  Revoke();
}

bool ConsumerClient::NeedsRebalance() const {
  return listener_ != nullptr && state_->groups.at(group_).generation != generation_;
}

int64_t ConsumerClient::Resolve(const TopicPartition& partition, int64_t offset) const {
  const PartitionLog& log = state_->LogOf(partition);
  if (offset == kOffsetBeginning) {
    return log.first_offset;
  }
  return offset == kOffsetEnd ? log.end() : offset;
}

void ConsumerClient::Revoke() {
  std::vector<TopicPartition> revoked;
  for (const auto& [partition, position] : std::exchange(positions_, {})) {
    revoked.push_back(partition);
  }
  if (!revoked.empty()) {
    listener_->OnRevoked(revoked);
  }
}

absl::Status ConsumerClient::JoinRebalance() {
  std::vector<TopicPartition> share;
  int generation = 0;
  {
    MutexLock lock(state_->mutex);
    if (listener_ == nullptr) {
      StartAtEnds();
      return absl::OkStatus();
    }
    if (!NeedsRebalance()) {
      return absl::OkStatus();
    }
    const Group& group = state_->groups.at(group_);
    generation = group.generation;
    share = state_->ShareOf(member_, group, topics_);
  }
  Revoke();
  absl::StatusOr<std::map<TopicPartition, int64_t>> starts = listener_->OnAssigned(share);
  if (!starts.ok()) {
    return starts.status();
  }
  MutexLock lock(state_->mutex);
  for (const auto& [partition, offset] : *starts) {
    positions_[partition] = Resolve(partition, offset);
  }
  generation_ = generation;
  return absl::OkStatus();
}

void ConsumerClient::StartAtEnds() {
  if (!positions_.empty() || !state_->reachable) {
    return;
  }
  for (const std::string& topic : topics_) {
    for (int32_t partition = 0; partition < state_->partitions; ++partition) {
      positions_[{topic, partition}] = Resolve({topic, partition}, kOffsetEnd);
    }
  }
}

absl::StatusOr<std::vector<Record>> ConsumerClient::Take(size_t batch_max) {
  std::vector<Record> batch;
  for (auto& [partition, position] : positions_) {
    const PartitionLog& log = state_->LogOf(partition);
    if (position < log.first_offset || position > log.end()) {
      if (batch.empty()) {
        return OffsetOutOfRange(partition, fmt::format("offset {}", position));
      }
      break;  // the next poll says so
    }
    while (batch.size() < batch_max && position < log.end()) {
      batch.push_back(log.records[static_cast<size_t>(position - log.first_offset)]);
      ++position;
    }
  }
  return batch;
}

}  // namespace orderflow::messaging::testing
