#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "libs/inbox/positions.h"
#include "libs/messaging/record.h"

namespace orderflow::inbox {

// The packed records of which the first messages are applied and the others are not yet: a
// transaction ended inside. Progress stands before such a record, so a batch that is tried again
// has it from its first message on; what is applied of it is taken out.
//
// Only memory says so, the database does not: it counts as long as nothing has failed, and is to be
// forgotten when something has. A message that is handled again does no harm, one that is left out
// is lost. Not threadsafe.
class PartialRecords {
 public:
  // `records`, a part of a batch, are applied or parked, and all before them.
  void NoteApplied(std::span<const messaging::Record> records);
  void DropApplied(std::vector<messaging::Record>& records) const;
  void Forget(const messaging::TopicPartition& partition) { next_.erase(partition); }
  void ForgetAll() { next_.clear(); }
  // Forgets records that progress, read again, does not stand before.
  void Confirm(const Positions& progress);

 private:
  struct Place {
    int64_t offset = 0;
    int32_t index = 0;
  };
  std::map<messaging::TopicPartition, Place> next_;  // to be applied; nearly always empty
};

}  // namespace orderflow::inbox
