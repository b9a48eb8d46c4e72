// Values of packed records: what is unpacked stands at the record's place, whole and in order, and
// packed again gives the same messages.
#include <algorithm>
#include <string>
#include <vector>

#include "libs/messaging/packed_messages.h"
#include "libs/messaging/testing/pack.h"
#include "tests/fuzz/fuzz_record.h"

namespace orderflow {

using messaging::Record;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string value(reinterpret_cast<const char*>(data), size);
  std::vector<Record> records;
  const bool unpacked = messaging::Unpack(value, {"fuzz", 3}, 42, records);
  fuzz::Require(unpacked == !records.empty());
  if (!unpacked) {
    return 0;
  }
  int32_t index = 0;
  for (const Record& record : records) {
    fuzz::Require(record.topic == "fuzz" && record.partition == 3 && record.offset == 42);
    fuzz::Require(record.index == index++ && record.count == static_cast<int32_t>(records.size()));
    fuzz::Require(!messaging::IsPacked(record));
  }
  fuzz::Require(messaging::EndsItsOffset(records.back()));
  std::vector<Record> again;
  fuzz::Require(messaging::Unpack(messaging::Pack(records).value, {"fuzz", 3}, 42, again));
  fuzz::Require(again.size() == records.size());
  for (size_t i = 0; i < records.size(); ++i) {
    fuzz::Require(again[i].key == records[i].key && again[i].value == records[i].value);
    fuzz::Require(std::equal(again[i].headers.begin(), again[i].headers.end(),
                             records[i].headers.begin(), records[i].headers.end()));
  }
  return 0;
}

}  // namespace orderflow
