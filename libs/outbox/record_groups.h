#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "libs/messaging/topics.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::outbox {

// Which messages may travel in one record, and how many (docs/adr/0031).
struct RecordLimits {
  std::vector<std::string> topics = messaging::PackedTopics();
  size_t messages_max = 1;       // 1: every message in a record of its own
  size_t bytes_max = 64 * 1024;  // of their contents; a larger message travels alone
};

// Divides messages, which are in the order in which they are to be sent, into those of one record
// each: of one topic, and of keys that live in one partition. Messages of a key and topic keep
// their order, within a record and from record to record. A message travels alone when its topic's
// partitions are not known (`partition_count` says 0), when it has no key, or when it has further
// headers: a dead letter, or what a person sends again. Pure.
std::vector<std::vector<OutboxMessage>> GroupIntoRecords(
    std::vector<OutboxMessage> messages, const RecordLimits& limits,
    const std::function<int(const std::string& topic)>& partition_count);

}  // namespace orderflow::outbox
