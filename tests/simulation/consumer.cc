#include "tests/simulation/consumer.h"

#include <algorithm>
#include <utility>

namespace orderflow::simulation {
namespace {

constexpr size_t kBatchMax = 6;

}  // namespace

Consumer::Consumer(Environment& environment, const Broker& broker, std::string topic, Handle handle)
    : environment_(environment),
      broker_(broker),
      topic_(std::move(topic)),
      handle_(std::move(handle)) {
  for (int32_t partition = 0; partition < Broker::kPartitions; ++partition) {
    progress_[partition] = 0;
  }
}

bool Consumer::HasWork() const {
  return std::any_of(progress_.begin(), progress_.end(), [this](const auto& entry) {
    return entry.second < static_cast<int64_t>(broker_.Log({topic_, entry.first}).size());
  });
}

std::span<const messaging::Record> Consumer::Read(const Progress& from, int32_t partition) {
  const auto& log = broker_.Log({topic_, partition});
  const auto start = static_cast<size_t>(from.at(partition));
  const size_t count = std::min(log.size() - start, 1 + environment_.random.Below(kBatchMax));
  return std::span(log).subspan(start, count);
}

void Consumer::Poll() {
  const auto partition = static_cast<int32_t>(environment_.random.Below(Broker::kPartitions));
  const auto records = Read(progress_, partition);
  if (records.empty()) {
    return;
  }
  const Store store = handle_(records);
  const CommitFate fate = environment_.DrawCommit();
  environment_.Trace("{}/{}: handles {} records from {}{}", topic_, partition, records.size(),
                     progress_[partition],
                     fate == CommitFate::kCommitted ? "" : ", commit fails or is in doubt");
  if (fate != CommitFate::kLost) {
    progress_[partition] += static_cast<int64_t>(records.size());
    store(fate == CommitFate::kCommitted);
  }
}

void Consumer::WakeZombie() {
  const auto partition = static_cast<int32_t>(environment_.random.Below(Broker::kPartitions));
  const auto records = Read(zombie_, partition);
  const int64_t expected = zombie_.at(partition);
  zombie_.clear();
  if (records.empty()) {
    return;
  }
  const Store store = handle_(records);
  if (expected != progress_[partition]) {
    environment_.coverage.Hit(Sometimes::kZombieFenced);
    environment_.Trace("{}/{}: zombie fenced at {}", topic_, partition, expected);
    return;
  }
  progress_[partition] += static_cast<int64_t>(records.size());
  store(/*known=*/true);
}

}  // namespace orderflow::simulation
