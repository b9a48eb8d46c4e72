#include "libs/inbox/partial_records.h"

namespace orderflow::inbox {

// Messages of one record stand in a row, so only the last one can be of a record that is not done.
void PartialRecords::NoteApplied(std::span<const messaging::Record> records) {
  if (records.empty()) {
    return;
  }
  if (!next_.empty()) {
    for (const messaging::Record& record : records) {
      if (messaging::EndsItsOffset(record)) {
        next_.erase({record.topic, record.partition});
      }
    }
  }
  const messaging::Record& last = records.back();
  if (!messaging::EndsItsOffset(last)) {
    next_[{last.topic, last.partition}] = {.offset = last.offset, .index = last.index + 1};
  }
}

void PartialRecords::Confirm(const Positions& progress) {
  std::erase_if(next_, [&](const auto& partial) {
    const auto position = progress.find(partial.first);
    return position != progress.end() && position->second != partial.second.offset;
  });
}

void PartialRecords::DropApplied(std::vector<messaging::Record>& records) const {
  if (next_.empty()) {
    return;
  }
  std::erase_if(records, [this](const messaging::Record& record) {
    const auto next = next_.find({record.topic, record.partition});
    return next != next_.end() && record.offset == next->second.offset &&
           record.index < next->second.index;
  });
}

}  // namespace orderflow::inbox
