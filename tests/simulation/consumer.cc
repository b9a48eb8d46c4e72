#include "tests/simulation/consumer.h"

#include <algorithm>
#include <utility>

namespace orderflow::simulation {
namespace {

constexpr size_t kBatchMax = 6;
constexpr size_t kRedeliveredMax = 3;  // records from before the stored progress

}  // namespace

Consumer::Consumer(Environment& environment, const Broker& broker, Topic topic, Handle handle,
                   InVain in_vain)
    : environment_(environment),
      broker_(broker),
      topic_(topic),
      name_(NameOf(topic)),
      handle_(std::move(handle)),
      in_vain_(std::move(in_vain)) {
  ReadProgressAgain();
}

bool Consumer::HasWork() const {
  for (int32_t partition = 0; partition < Broker::kPartitions; ++partition) {
    if (next_[static_cast<size_t>(partition)] <
        static_cast<int64_t>(broker_.LogOf(topic_, partition).size())) {
      return true;
    }
  }
  return false;
}

std::span<const messaging::Record> Consumer::Fetch(int32_t partition) const {
  const auto& log = broker_.LogOf(topic_, partition);
  const auto start = static_cast<size_t>(next_[static_cast<size_t>(partition)]);
  const size_t count = std::min(log.size() - start, 1 + environment_.random.Below(kBatchMax));
  return std::span(log).subspan(start, count);
}

void Consumer::Poll() {
  auto partition = static_cast<int32_t>(environment_.random.Below(Broker::kPartitions));
  std::span<const messaging::Record> records = Fetch(partition);
  if (records.empty()) {
    partition = 1 - partition;
    records = Fetch(partition);
  }
  const auto index = static_cast<size_t>(partition);
  const int64_t first = next_[index];
  next_[index] += static_cast<int64_t>(records.size());
  if (first >= positions_.at({name_, partition})) {
    Apply(records);
    return;
  }
  environment_.coverage.Hit(Sometimes::kRedelivered);
  std::vector<messaging::Record> wanted(records.begin(), records.end());
  inbox::DropForeign(wanted, positions_);
  if (!wanted.empty()) {
    Apply(wanted);
  }
}

void Consumer::Apply(std::span<const messaging::Record> records) {
  const Result result = Commit(records, positions_);
  if (result == Result::kFenced) {
    environment_.coverage.Hit(Sometimes::kReaderFenced);
  }
  if (result != Result::kStored) {
    ReadProgressAgain();
  }
}

Consumer::Result Consumer::Commit(std::span<const messaging::Record> records,
                                  inbox::Positions& positions) {
  const std::vector<inbox::ProgressStep> steps = inbox::StepsFor(records, positions);
  const bool is_fenced = std::any_of(steps.begin(), steps.end(), [this](const auto& step) {
    return stored_[static_cast<size_t>(step.partition.partition)] != step.expected;
  });
  environment_.Trace("{}/{}: {} records from {}{}", name_, records[0].partition, records.size(),
                     records[0].offset, is_fenced ? ", fenced" : "");
  if (is_fenced) {
    if (in_vain_) {
      in_vain_(records);
    }
    return Result::kFenced;
  }
  if (std::any_of(steps.begin(), steps.end(),
                  [&](const auto& step) { return step.next != records.back().offset + 1; })) {
    environment_.Violate(name_ + ": progress moves to another place than behind what is handled");
  }
  const Store store = handle_(records);
  if (!store) {
    return Result::kFailed;
  }
  const CommitFate fate = environment_.DrawCommit();
  if (IsApplied(fate)) {
    for (const inbox::ProgressStep& step : steps) {
      stored_[static_cast<size_t>(step.partition.partition)] = step.next;
    }
    store(fate == CommitFate::kCommitted);
  }
  if (fate != CommitFate::kCommitted) {
    environment_.Trace("{}: commit fails or is in doubt", name_);
    return Result::kFailed;
  }
  inbox::ApplySteps(steps, positions);
  return Result::kStored;
}

void Consumer::ReadProgressAgain() {
  for (int32_t partition = 0; partition < Broker::kPartitions; ++partition) {
    const auto index = static_cast<size_t>(partition);
    positions_[{name_, partition}] = stored_[index];
    next_[index] = stored_[index];
  }
}

void Consumer::Rebalance() {
  environment_.Trace("{}: rebalance", name_);
  ReadProgressAgain();
  for (int64_t& next : next_) {
    next -= std::min(next, static_cast<int64_t>(environment_.random.Below(kRedeliveredMax + 1)));
  }
}

bool Consumer::Pause() {
  bool has_records = false;
  for (int32_t partition = 0; partition < Broker::kPartitions; ++partition) {
    const auto records = Fetch(partition);
    if (!records.empty()) {
      environment_.Trace("{}/{}: paused with {} records from {}", name_, partition, records.size(),
                         records[0].offset);
      if (in_vain_) {
        in_vain_(records);
      }
      zombies_.push_back({partition, records[0].offset, records.size(), positions_});
      has_records = true;
      break;
    }
  }
  Rebalance();
  return has_records;
}

void Consumer::WakeZombie() {
  Zombie zombie = std::move(zombies_.back());
  zombies_.pop_back();
  environment_.Trace("{}/{}: a paused member wakes up", name_, zombie.partition);
  const auto records = std::span(broker_.LogOf(topic_, zombie.partition))
                           .subspan(static_cast<size_t>(zombie.first), zombie.count);
  const Result result = Commit(records, zombie.positions);
  if (result == Result::kFenced) {
    environment_.coverage.Hit(Sometimes::kZombieFenced);
  } else if (result == Result::kStored) {
    environment_.coverage.Hit(Sometimes::kZombieInTime);
  }
}

}  // namespace orderflow::simulation
