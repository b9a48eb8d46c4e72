#include "libs/outbox/outbox_message.h"

#include <algorithm>

namespace orderflow::outbox {

void SortById(std::vector<OutboxMessage>::iterator begin,
              std::vector<OutboxMessage>::iterator end) {
  std::sort(begin, end, [](const OutboxMessage& a, const OutboxMessage& b) {
    return a.message_id < b.message_id;
  });
}

void FormBatch(std::vector<OutboxMessage>& messages) {
  SortById(messages.begin(), messages.end());
  for (OutboxMessage& message : messages) {
    message.batch_id = messages.front().message_id;
  }
}

}  // namespace orderflow::outbox
