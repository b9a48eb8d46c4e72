#pragma once

#include <string_view>

#include "libs/messaging/headers.h"
#include "libs/messaging/record.h"
#include "libs/telemetry/trace_context.h"

namespace orderflow::messaging {

// The context in which a consumed record is handled, for what its handling causes: that of its own
// span, or else what the record brought along. Empty when that is no traceparent: it is stored and
// sent on, and a version of the future may have appended any bytes to its first 55.
inline std::string_view TraceparentOf(const Record& record) {
  if (!record.span.empty()) {
    return record.span;
  }
  const std::string* header = record.headers.Find(kHeaderTraceparent);
  return header == nullptr || !telemetry::IsTraceparent(*header)
             ? std::string_view()
             : std::string_view(*header).substr(0, telemetry::kTraceparentSize);
}

}  // namespace orderflow::messaging
