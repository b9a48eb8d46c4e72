#pragma once

#include <string>

#include "libs/base/clock.h"
#include "libs/messaging/record.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::inbox {

// The message that parks `record` in its topic's dead letter queue: value, key and headers as they
// came (what text columns cannot hold is replaced), plus dlq_* headers that say why, where it stood
// and when it was parked. Pure.
outbox::OutboxMessage MakeDeadLetter(const messaging::Record& record, const std::string& reason,
                                     std::string message_id, Timestamp now);

}  // namespace orderflow::inbox
