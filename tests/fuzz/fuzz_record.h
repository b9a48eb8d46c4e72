#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "libs/messaging/headers.h"
#include "libs/messaging/record.h"

namespace orderflow::fuzz {

// A consumed record with these bytes as its value. Its key and trace are taken from the same bytes,
// so that they match what the message says as well as not.
inline messaging::Record RecordOf(const uint8_t* data, size_t size) {
  messaging::Record record;
  record.topic = "fuzz";
  record.partition = 0;
  record.offset = 0;
  record.value.assign(reinterpret_cast<const char*>(data), size);
  record.key = record.value.substr(0, 36);
  record.headers.Set(messaging::kHeaderTraceparent, record.value.substr(0, 55));
  return record;
}

// What must hold whatever the bytes are.
inline void Require(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

}  // namespace orderflow::fuzz
