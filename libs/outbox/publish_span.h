#pragma once

#include <string>

#include "libs/messaging/record.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::telemetry {
class Tracer;
}

namespace orderflow::outbox {

// The span of a message from its making to the broker's acknowledgement. Its id follows from the
// message's: a message that is sent twice has one span, and whoever handles the record is its
// child. Both do nothing, and cost next to nothing, when the message's trace is not recorded.

// Puts it into the record of `message`, so that the consumer's span hangs from it. `tracer` may be
// null.
void SetTrace(const telemetry::Tracer* tracer, const OutboxMessage& message,
              messaging::Record& record);

// The same for a message that travels with others: the traceparent to send.
std::string TraceparentToSend(const telemetry::Tracer* tracer, const OutboxMessage& message);

// Records it, ending now.
void RecordPublished(telemetry::Tracer* tracer, const OutboxMessage& message);

}  // namespace orderflow::outbox
