#pragma once

#include <optional>
#include <string>
#include <vector>

#include "libs/messaging/record.h"
#include "libs/outbox/outbox_message.h"
#include "services/order/domain/dead_letter.h"

namespace orderflow::order {

// A record of a dead letter queue. Its headers are believed as far as they fit the queue that it
// stands in: a record cannot name a topic that it did not come from. Pure.
DeadLetter ToDeadLetter(const messaging::Record& record);

// The messages that a packed record holds (messaging::IsPacked), each as a dead letter at its
// place; what is not packed, or cannot be unpacked, is the only one. Pure.
std::vector<DeadLetter> MessagesIn(const DeadLetter& letter);

// What settling a dead letter sends, but for its message id: a redrive the record as it came; a
// discard, where later records of the key wait, a mark that they need not; otherwise nothing. Pure.
std::optional<outbox::OutboxMessage> MessageOf(const DeadLetter& letter, DeadLetterActionKind kind);

// The headers that MessageOf adds to the standard ones. Pure.
DeadLetterHeaders SentHeadersOf(const DeadLetter& letter, DeadLetterActionKind kind);

}  // namespace orderflow::order
