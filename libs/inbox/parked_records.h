#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>

#include "libs/messaging/record.h"

namespace orderflow::inbox {

// A record of a key that is in the dead letter queue. `first_offset` is where it first came,
// however often it was redriven: its place in the sequence of the key.
struct ParkedRecord {
  messaging::TopicPartition partition;
  std::string key;
  int64_t first_offset = 0;

  auto operator<=>(const ParkedRecord&) const = default;
};

// The place of a record in the sequence of its key: its offset, or of a redriven record the one
// that it first had. Pure.
ParkedRecord PlaceOf(const messaging::Record& record);

// Whether a record only says that a dead letter was given up. Pure.
bool IsDiscardMark(const messaging::Record& record);

// Which records of our partitions are parked and hold back what follows of their keys. Records
// without a key follow nothing. Not threadsafe.
class ParkedRecords {
 public:
  void Add(const ParkedRecord& record);
  void Remove(const ParkedRecord& record);
  void Forget(const messaging::TopicPartition& partition);

  bool Contains(const ParkedRecord& record) const { return records_.contains(record); }
  // The first offset of the oldest one of this key that stands before `record`.
  std::optional<int64_t> OldestBefore(const ParkedRecord& record) const;

  // How many of `records`, from the first on, are neither held back, nor parked ones that come
  // again, nor marks: what a batch can hold.
  size_t CountFree(std::span<const messaging::Record> records) const;

 private:
  std::set<ParkedRecord> records_;
};

}  // namespace orderflow::inbox
