#include "libs/messaging/testing/in_memory_broker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "libs/messaging/testing/broker_state.h"
#include "libs/messaging/testing/consumer_client.h"

namespace orderflow::messaging::testing {
namespace {

class ProducerClient final : public Producer {
 public:
  explicit ProducerClient(std::shared_ptr<BrokerState> state) : state_(std::move(state)) {}

  absl::Status Send(const Record& record, Done done) override {
    {
      MutexLock lock(state_->mutex);
      if (state_->sends_to_reject > 0) {
        --state_->sends_to_reject;
        return absl::ResourceExhaustedError("the queue is full");
      }
      ++state_->outstanding;
      state_->stalled.emplace_back(record, std::move(done));
    }
    state_->Deliver();
    return absl::OkStatus();
  }

  absl::Status Flush(Duration timeout) override {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    MutexLock lock(state_->mutex);
    const bool idle = state_->changed.wait_until(
        state_->mutex, deadline,
        [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return state_->outstanding == 0; });
    return idle ? absl::OkStatus()
                : absl::DeadlineExceededError("some records are not acknowledged");
  }

 private:
  const std::shared_ptr<BrokerState> state_;
};

}  // namespace

InMemoryBroker::InMemoryBroker(int partitions)
    : state_(std::make_shared<BrokerState>(partitions)) {}

InMemoryBroker::~InMemoryBroker() = default;

std::unique_ptr<Producer> InMemoryBroker::MakeProducer() {
  return std::make_unique<ProducerClient>(state_);
}

std::unique_ptr<Consumer> InMemoryBroker::MakeConsumer(const std::string& group,
                                                       const std::vector<std::string>& topics,
                                                       AssignmentListener& listener) {
  return std::make_unique<ConsumerClient>(state_, group, topics, &listener);
}

std::unique_ptr<Consumer> InMemoryBroker::MakeBroadcastConsumer(const std::string& topic) {
  return std::make_unique<ConsumerClient>(state_, "", std::vector<std::string>{topic}, nullptr);
}

std::vector<Record> InMemoryBroker::Log(const std::string& topic) const {
  MutexLock lock(state_->mutex);
  std::vector<Record> records;
  for (const PartitionLog& log : state_->LogsOf(topic)) {
    records.insert(records.end(), log.records.begin(), log.records.end());
  }
  return records;
}

std::map<TopicPartition, int64_t> InMemoryBroker::Committed(const std::string& group) const {
  MutexLock lock(state_->mutex);
  return state_->groups[group].committed;
}

void InMemoryBroker::Append(const Record& record) {
  MutexLock lock(state_->mutex);
  state_->Append(record);
}

void InMemoryBroker::RejectSends(int count) {
  MutexLock lock(state_->mutex);
  state_->sends_to_reject = count;
}

void InMemoryBroker::FailSends(int count, absl::Status status) {
  MutexLock lock(state_->mutex);
  state_->sends_to_fail = count;
  state_->failure = std::move(status);
}

void InMemoryBroker::LoseAcknowledgements(int count) {
  MutexLock lock(state_->mutex);
  state_->acknowledgements_to_lose = count;
}

void InMemoryBroker::DuplicateSends(int count) {
  MutexLock lock(state_->mutex);
  state_->sends_to_duplicate = count;
}

void InMemoryBroker::HoldAcknowledgements() {
  MutexLock lock(state_->mutex);
  state_->held = true;
}

void InMemoryBroker::ReleaseAcknowledgements() {
  {
    MutexLock lock(state_->mutex);
    state_->held = false;
  }
  state_->Deliver();
}

void InMemoryBroker::SetReachable(bool reachable) {
  {
    MutexLock lock(state_->mutex);
    state_->reachable = reachable;
    state_->changed.notify_all();
  }
  state_->Deliver();
}

void InMemoryBroker::Expire(const TopicPartition& partition, int64_t offset) {
  MutexLock lock(state_->mutex);
  PartitionLog& log = state_->LogOf(partition);
  const int64_t count =
      std::clamp<int64_t>(offset - log.first_offset, 0, static_cast<int64_t>(log.records.size()));
  log.records.erase(log.records.begin(), log.records.begin() + count);
  log.first_offset += count;
}

void InMemoryBroker::Recreate(const std::string& topic) {
  MutexLock lock(state_->mutex);
  for (PartitionLog& log : state_->LogsOf(topic)) {
    log = {};
  }
  state_->changed.notify_all();
}

void InMemoryBroker::Rebalance(const std::string& group) {
  MutexLock lock(state_->mutex);
  ++state_->groups[group].generation;
  state_->changed.notify_all();
}

}  // namespace orderflow::messaging::testing
