#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/mutex.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging::testing {

using Done = std::function<void(absl::Status)>;

struct PartitionLog {
  int64_t first_offset = 0;
  std::vector<Record> records;

  int64_t end() const { return first_offset + static_cast<int64_t>(records.size()); }
};

struct Group {
  std::vector<int> members;  // ascending
  int generation = 0;        // changes with each rebalance
  std::map<TopicPartition, int64_t> committed;
};

struct Answer {
  Done done;
  absl::Status status;
};

// What InMemoryBroker and its clients share.
struct BrokerState {
  explicit BrokerState(int partition_count) : partitions(partition_count) {}

  std::vector<PartitionLog>& LogsOf(const std::string& topic) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return topics.try_emplace(topic, static_cast<size_t>(partitions)).first->second;
  }
  PartitionLog& LogOf(const TopicPartition& partition) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
    return LogsOf(partition.topic).at(static_cast<size_t>(partition.partition));
  }

  void Append(Record record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // What the broker does with a record, and what it answers.
  absl::Status Accept(const Record& record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex);
  // Calls what may be called now, without the lock.
  void Deliver() ABSL_LOCKS_EXCLUDED(mutex);
  // The share of `member`, dealt out as the range assignor does.
  std::vector<TopicPartition> ShareOf(int member, const Group& group,
                                      const std::vector<std::string>& subscribed) const;

  const int partitions;
  Mutex mutex;
  ConditionVariable changed;
  std::map<std::string, std::vector<PartitionLog>> topics ABSL_GUARDED_BY(mutex);
  std::map<std::string, Group> groups ABSL_GUARDED_BY(mutex);
  int next_member ABSL_GUARDED_BY(mutex) = 0;
  bool reachable ABSL_GUARDED_BY(mutex) = true;
  bool held ABSL_GUARDED_BY(mutex) = false;
  int sends_to_reject ABSL_GUARDED_BY(mutex) = 0;
  int sends_to_fail ABSL_GUARDED_BY(mutex) = 0;
  absl::Status failure ABSL_GUARDED_BY(mutex);
  int acknowledgements_to_lose ABSL_GUARDED_BY(mutex) = 0;
  int sends_to_duplicate ABSL_GUARDED_BY(mutex) = 0;
  std::deque<std::pair<Record, Done>> stalled ABSL_GUARDED_BY(mutex);
  std::deque<Answer> answers ABSL_GUARDED_BY(mutex);
  size_t outstanding ABSL_GUARDED_BY(mutex) = 0;  // sends whose caller has not heard yet
};

}  // namespace orderflow::messaging::testing
