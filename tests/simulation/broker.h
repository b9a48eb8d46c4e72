#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "libs/messaging/record.h"

namespace orderflow::simulation {

enum class Topic { kInventoryCommands, kPaymentCommands, kOrderReplies, kOrderEvents };

std::string_view NameOf(Topic topic);

// Kafka as the services see it: a log per partition, one order's records always in the same one.
// Whatever is appended stays; duplicates come from producers that did not hear an acknowledgement.
class Broker {
 public:
  static constexpr int32_t kPartitions = 2;
  using Log = std::vector<messaging::Record>;

  void Append(messaging::Record record);
  const Log& LogOf(Topic topic, int32_t partition) const {
    return logs_[static_cast<size_t>(topic)][static_cast<size_t>(partition)];
  }

 private:
  static constexpr size_t kTopics = 4;

  std::array<std::array<Log, kPartitions>, kTopics> logs_;
};

}  // namespace orderflow::simulation
