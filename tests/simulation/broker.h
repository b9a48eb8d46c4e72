#pragma once

#include <map>
#include <string>
#include <vector>

#include "libs/messaging/record.h"

namespace orderflow::simulation {

// Kafka as the services see it: a log per partition, one order's records always in the same one.
// Whatever is appended stays; duplicates come from producers that did not hear an acknowledgement.
class Broker {
 public:
  static constexpr int kPartitions = 2;

  void Append(messaging::Record record);
  const std::vector<messaging::Record>& Log(const messaging::TopicPartition& partition) const;

 private:
  std::map<messaging::TopicPartition, std::vector<messaging::Record>> logs_;
};

}  // namespace orderflow::simulation
