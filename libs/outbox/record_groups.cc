#include "libs/outbox/record_groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "libs/messaging/kafka.h"

namespace orderflow::outbox {
namespace {

constexpr size_t kAttributesBytes = 120;  // id, time, sequence and framing of a message

size_t SizeOf(const OutboxMessage& message) {
  return message.key.size() + message.type.size() + message.traceparent.size() +
         message.payload.size() + kAttributesBytes;
}

// Groups the messages of one topic.
class TopicGroups {
 public:
  TopicGroups(int partition_count, const RecordLimits& limits)
      : limits_(limits), open_(static_cast<size_t>(partition_count)) {}

  // The group of `groups` that takes the message in; a new one when none has room.
  std::vector<OutboxMessage>& GroupOf(const OutboxMessage& message,
                                      std::vector<std::vector<OutboxMessage>>& groups) {
    if (open_.empty() || message.key.empty()) {
      return groups.emplace_back();
    }
    const size_t size = SizeOf(message);
    const int partition = messaging::PartitionOf(message.key, static_cast<int>(open_.size()));
    Open& open = open_[static_cast<size_t>(partition)];
    const bool is_alone = size > limits_.bytes_max || !message.headers_json.empty();
    if (is_alone || open.messages == 0 || open.messages >= limits_.messages_max ||
        open.bytes + size > limits_.bytes_max) {
      open = {.group = groups.size(), .messages = 0, .bytes = 0};
      groups.emplace_back();
    }
    std::vector<OutboxMessage>& group = groups[open.group];
    // What follows one that travels alone must come after it, so nothing joins an older group.
    open.messages = is_alone ? 0 : open.messages + 1;
    open.bytes += size;
    return group;
  }

 private:
  // The last group of a partition; no messages: nothing may join it.
  struct Open {
    size_t group = 0;
    size_t messages = 0;
    size_t bytes = 0;
  };

  const RecordLimits& limits_;
  std::vector<Open> open_;  // by partition; none: every message travels alone
};

}  // namespace

std::vector<std::vector<OutboxMessage>> GroupIntoRecords(
    std::vector<OutboxMessage> messages, const RecordLimits& limits,
    const std::function<int(const std::string& topic)>& partition_count) {
  std::map<std::string, TopicGroups> topics;
  std::vector<std::vector<OutboxMessage>> groups;
  for (OutboxMessage& message : messages) {
    auto topic = topics.find(message.topic);
    if (topic == topics.end()) {
      const bool is_packed =
          limits.messages_max > 1 &&
          std::count(limits.topics.begin(), limits.topics.end(), message.topic) > 0;
      topic = topics
                  .emplace(message.topic,
                           TopicGroups(is_packed ? partition_count(message.topic) : 0, limits))
                  .first;
    }
    std::vector<OutboxMessage>& group = topic->second.GroupOf(message, groups);
    group.push_back(std::move(message));
  }
  return groups;
}

}  // namespace orderflow::outbox
