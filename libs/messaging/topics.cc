#include "libs/messaging/topics.h"

#include "fmt/format.h"

namespace orderflow::messaging {
namespace {

constexpr std::string_view kDeadLetterSuffix = ".dlq";

}  // namespace

std::string DeadLetterTopic(std::string_view topic) {
  return fmt::format("{}{}", topic, kDeadLetterSuffix);
}

bool IsDeadLetterTopic(std::string_view topic) { return topic.ends_with(kDeadLetterSuffix); }

bool LaterRecordsWait(std::string_view topic) { return topic == kOrderEvents; }

std::vector<std::string> PackedTopics() {
  return {kInventoryCommands, kPaymentCommands, kOrderReplies};
}

std::vector<std::string> AllTopics() {
  std::vector<std::string> topics = {kInventoryCommands, kPaymentCommands, kOrderReplies,
                                     kOrderEvents};
  const size_t count = topics.size();
  for (size_t i = 0; i < count; ++i) {
    topics.push_back(DeadLetterTopic(topics[i]));
  }
  return topics;
}

}  // namespace orderflow::messaging
