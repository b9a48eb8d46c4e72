#include "tests/simulation/broker.h"

#include <functional>
#include <utility>

namespace orderflow::simulation {

void Broker::Append(messaging::Record record) {
  record.partition = static_cast<int32_t>(std::hash<std::string>{}(record.key) % kPartitions);
  auto& log = logs_[{record.topic, record.partition}];
  record.offset = static_cast<int64_t>(log.size());
  log.push_back(std::move(record));
}

const std::vector<messaging::Record>& Broker::Log(
    const messaging::TopicPartition& partition) const {
  static const std::vector<messaging::Record> kEmpty;
  const auto log = logs_.find(partition);
  return log == logs_.end() ? kEmpty : log->second;
}

}  // namespace orderflow::simulation
