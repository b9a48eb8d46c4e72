#include "libs/outbox/outbox_message.h"

#include <algorithm>

namespace orderflow::outbox {

void FormBatch(std::vector<OutboxMessage>& messages) {
  std::sort(messages.begin(), messages.end(), [](const OutboxMessage& a, const OutboxMessage& b) {
    return a.message_id < b.message_id;
  });
  for (OutboxMessage& message : messages) {
    message.batch_id = messages.front().message_id;
  }
}

}  // namespace orderflow::outbox
