#include "libs/inbox/parked_records.h"

#include <charconv>

#include "libs/messaging/headers.h"

namespace orderflow::inbox {

ParkedRecord PlaceOf(const messaging::Record& record) {
  ParkedRecord place{{record.topic, record.partition}, record.key, record.offset};
  if (const std::string* text = record.headers.Find(messaging::kHeaderRedrivenOffset)) {
    int64_t offset = 0;
    const char* end = text->data() + text->size();
    const auto [stopped, error] = std::from_chars(text->data(), end, offset);
    if (error == std::errc() && stopped == end && offset >= 0 && offset < record.offset) {
      place.first_offset = offset;
    }
  }
  return place;
}

bool IsDiscardMark(const messaging::Record& record) {
  return record.headers.Find(messaging::kHeaderDiscarded) != nullptr;
}

void ParkedRecords::Add(const ParkedRecord& record) { records_.insert(record); }

void ParkedRecords::Remove(const ParkedRecord& record) { records_.erase(record); }

void ParkedRecords::Forget(const messaging::TopicPartition& partition) {
  std::erase_if(records_,
                [&](const ParkedRecord& record) { return record.partition == partition; });
}

std::optional<int64_t> ParkedRecords::OldestBefore(const ParkedRecord& record) const {
  const auto oldest = records_.lower_bound({record.partition, record.key, 0});
  if (oldest == records_.end() || !(*oldest < record) || oldest->partition != record.partition ||
      oldest->key != record.key) {
    return std::nullopt;
  }
  return oldest->first_offset;
}

size_t ParkedRecords::CountFree(std::span<const messaging::Record> records) const {
  size_t free = 0;
  for (const messaging::Record& record : records) {
    if (IsDiscardMark(record)) {
      break;
    }
    if (!records_.empty()) {  // which it nearly always is
      const ParkedRecord place = PlaceOf(record);
      if (Contains(place) || OldestBefore(place)) {
        break;
      }
    }
    ++free;
  }
  return free;
}

}  // namespace orderflow::inbox
