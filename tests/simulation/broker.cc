#include "tests/simulation/broker.h"

#include <functional>
#include <string>
#include <utility>

#include "libs/base/invariant.h"
#include "libs/messaging/topics.h"

namespace orderflow::simulation {
namespace {

// In the order of the enumeration.
constexpr std::array<std::string_view, 4> kNames{messaging::kInventoryCommands,
                                                 messaging::kPaymentCommands,
                                                 messaging::kOrderReplies, messaging::kOrderEvents};

}  // namespace

std::string_view NameOf(Topic topic) { return kNames[static_cast<size_t>(topic)]; }

void Broker::Append(messaging::Record record) {
  size_t topic = 0;
  while (topic < kTopics && kNames[topic] != record.topic) {
    ++topic;
  }
  INVARIANT(topic < kTopics, "no schedule sends to another topic");
  record.partition = static_cast<int32_t>(std::hash<std::string>{}(record.key) % kPartitions);
  Log& log = logs_[topic][static_cast<size_t>(record.partition)];
  record.offset = static_cast<int64_t>(log.size());
  log.push_back(std::move(record));
}

}  // namespace orderflow::simulation
