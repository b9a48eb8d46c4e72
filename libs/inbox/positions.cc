#include "libs/inbox/positions.h"

#include <algorithm>

#include "libs/base/planted_bug.h"

namespace orderflow::inbox {

void DropForeign(std::vector<messaging::Record>& records, const Positions& positions) {
  std::erase_if(records, [&](const messaging::Record& record) {
    const auto position = positions.find({record.topic, record.partition});
    return position == positions.end() ||
           record.offset < position->second + (IsPlanted(PlantedBug::kFirstRecordDropped) ? 1 : 0);
  });
}

std::vector<ProgressStep> StepsFor(std::span<const messaging::Record> records,
                                   const Positions& positions) {
  std::vector<ProgressStep> steps;
  for (const messaging::Record& record : records) {
    auto step = std::find_if(steps.begin(), steps.end(), [&](const ProgressStep& candidate) {
      return candidate.partition.partition == record.partition &&
             candidate.partition.topic == record.topic;
    });
    if (step == steps.end()) {
      const messaging::TopicPartition partition{record.topic, record.partition};
      const int64_t position = positions.at(partition);
      step = steps.insert(steps.end(), {partition, position, position});
    }
    const int64_t too_far = IsPlanted(PlantedBug::kProgressOneTooFar) ? 1 : 0;
    const bool is_done =
        messaging::EndsItsOffset(record) || IsPlanted(PlantedBug::kProgressBeyondHalfRecord);
    step->next = std::max(step->next, record.offset + (is_done ? 1 + too_far : 0));
  }
  const bool ends_inside = !records.empty() && !messaging::EndsItsOffset(records.back());
  std::erase_if(steps, [&](const ProgressStep& step) {
    return step.next == step.expected &&
           !(ends_inside && step.partition.partition == records.back().partition &&
             step.partition.topic == records.back().topic);
  });
  std::sort(steps.begin(), steps.end(),
            [](const ProgressStep& a, const ProgressStep& b) { return a.partition < b.partition; });
  return steps;
}

size_t SliceSize(std::span<const messaging::Record> records, size_t limit) {
  if (records.size() <= limit) {
    return records.size();
  }
  size_t size = limit;
  while (size > 0 && !messaging::EndsItsOffset(records[size - 1])) {
    --size;
  }
  return size > 0 ? size : limit;
}

void ApplySteps(const std::vector<ProgressStep>& steps, Positions& positions) {
  for (const ProgressStep& step : steps) {
    positions[step.partition] = step.next;
  }
}

}  // namespace orderflow::inbox
