#pragma once

#include <span>
#include <string>

#include "libs/base/clock.h"
#include "libs/messaging/record.h"

namespace orderflow::telemetry {
class Tracer;
}

namespace orderflow::inbox {

// Each record of a batch is handled in a span of its own, which hangs from that of its sending. Its
// id follows from the record's place, so that a batch that is tried again has the same spans, and
// messages that the handler makes name a parent that exists. `tracer` may be null; for records
// whose trace is not recorded nothing happens.

// Writes Record::span, before the records are handled.
void SetHandlingSpans(const telemetry::Tracer* tracer, const std::string& group,
                      std::span<messaging::Record> records);

// Records those spans, from `start` to now. `error` is a code; empty: handled.
void RecordHandled(telemetry::Tracer* tracer, const std::string& group,
                   std::span<const messaging::Record> records, Timestamp start,
                   const std::string& error);

}  // namespace orderflow::inbox
