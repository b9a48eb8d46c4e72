#pragma once

#include <string_view>

#include "libs/messaging/headers.h"
#include "libs/messaging/record.h"

namespace orderflow::messaging {

// The context in which a consumed record is handled, for what its handling causes: that of its own
// span, or else what the record brought along. May be empty or malformed.
inline std::string_view TraceparentOf(const Record& record) {
  if (!record.span.empty()) {
    return record.span;
  }
  const std::string* header = record.headers.Find(kHeaderTraceparent);
  return header == nullptr ? std::string_view() : std::string_view(*header);
}

}  // namespace orderflow::messaging
