#include "libs/messaging/testing/broker_state.h"

#include <numeric>

namespace orderflow::messaging::testing {
namespace {

// FNV-1a: the same on every platform, unlike std::hash.
uint32_t HashOf(const std::string& key) {
  return std::accumulate(key.begin(), key.end(), 2166136261u, [](uint32_t hash, char c) {
    return (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  });
}

}  // namespace

void BrokerState::Append(Record record) {
  record.partition = static_cast<int32_t>(HashOf(record.key) % static_cast<uint32_t>(partitions));
  PartitionLog& log = LogOf({record.topic, record.partition});
  record.offset = log.end();
  log.records.push_back(std::move(record));
  changed.notify_all();
}

absl::Status BrokerState::Accept(const Record& record) {
  if (sends_to_fail > 0) {
    --sends_to_fail;
    return failure;
  }
  Append(record);
  if (acknowledgements_to_lose > 0) {
    --acknowledgements_to_lose;
    return absl::UnavailableError("the acknowledgement was lost");
  }
  if (sends_to_duplicate > 0) {
    --sends_to_duplicate;
    Append(record);
  }
  return absl::OkStatus();
}

void BrokerState::Deliver() {
  std::deque<Answer> ready;
  {
    MutexLock lock(mutex);
    if (reachable) {
      for (auto& [record, done] : stalled) {
        answers.push_back({std::move(done), Accept(record)});
      }
      stalled.clear();
    }
    if (!held) {
      ready.swap(answers);
    }
  }
  for (const Answer& answer : ready) {
    answer.done(answer.status);
  }
  MutexLock lock(mutex);
  outstanding -= ready.size();
  changed.notify_all();
}

std::vector<TopicPartition> BrokerState::ShareOf(int member, const Group& group,
                                                 const std::vector<std::string>& subscribed) const {
  const auto place = std::find(group.members.begin(), group.members.end(), member);
  const int index = static_cast<int>(place - group.members.begin());
  const int count = static_cast<int>(group.members.size());
  const int extra = partitions % count;
  const int begin = partitions / count * index + std::min(index, extra);
  const int end = begin + partitions / count + (index < extra ? 1 : 0);
  std::vector<TopicPartition> share;
  for (const std::string& topic : subscribed) {
    for (int partition = begin; partition < end; ++partition) {
      share.push_back({topic, partition});
    }
  }
  return share;
}

}  // namespace orderflow::messaging::testing
