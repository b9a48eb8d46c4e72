#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "libs/messaging/headers.h"
#include "libs/messaging/packed_messages.h"

namespace orderflow::messaging {

// A packed record of messages that have a record each: at least one, all of the first one's topic
// and source, with no headers beside those that can travel so.
inline Record Pack(const std::vector<Record>& messages) {
  const auto header = [](const Record& message, std::string_view name) {
    const std::string* value = message.headers.Find(name);
    return value == nullptr ? std::string_view() : std::string_view(*value);
  };
  MessagePacker packer(std::string(header(messages.front(), kHeaderSource)));
  for (const Record& message : messages) {
    const std::string_view sequence = header(message, kHeaderSequence);
    packer.Add({.key = message.key,
                .id = header(message, kHeaderId),
                .type = header(message, kHeaderType),
                .time = header(message, kHeaderTime),
                .sequence = sequence.empty() ? 0 : std::stoll(std::string(sequence)),
                .traceparent = header(message, kHeaderTraceparent),
                .payload = message.value});
  }
  return packer.Take(messages.front().topic);
}

}  // namespace orderflow::messaging
