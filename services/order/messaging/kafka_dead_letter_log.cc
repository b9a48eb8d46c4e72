#include "services/order/messaging/kafka_dead_letter_log.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>
#include <utility>

#include "libs/base/status_macros.h"
#include "libs/messaging/topics.h"
#include "services/order/messaging/dead_letter_codec.h"

namespace orderflow::order {
namespace {

constexpr int64_t kReadMax = 200;  // records read to find one of them

DeadLetterId StartOf(const messaging::TopicPartition& partition, int64_t offset) {
  return {partition.topic, partition.partition, offset};
}

}  // namespace

std::vector<std::string> KafkaDeadLetterLog::Topics() const {
  std::set<std::string> topics;
  for (const std::string& topic : messaging::AllTopics()) {
    if (topic.ends_with(messaging::DeadLetterTopic(""))) {
      topics.insert(topic);
    }
  }
  return {topics.begin(), topics.end()};
}

absl::StatusOr<std::map<std::string, int64_t>> KafkaDeadLetterLog::Count(Deadline deadline) {
  std::map<std::string, int64_t> counts;
  for (const std::string& topic : Topics()) {
    ASSIGN_OR_RETURN(counts[topic], reader_.CountRecords(topic, deadline));
  }
  return counts;
}

absl::StatusOr<DeadLetterLog::Page> KafkaDeadLetterLog::Read(
    const std::vector<std::string>& topics, const std::optional<DeadLetterId>& from,
    size_t count_max, Deadline deadline) {
  Page page;
  for (const std::string& topic : topics) {
    if (from && topic < from->topic) {
      continue;
    }
    ASSIGN_OR_RETURN(const int partitions, reader_.CountPartitions(topic, deadline));
    const bool is_first = from && topic == from->topic;
    for (int32_t number = is_first ? from->partition : 0; number < partitions; ++number) {
      const messaging::TopicPartition partition{topic, number};
      const int64_t start = is_first && number == from->partition ? from->offset : 0;
      if (page.letters.size() == count_max) {
        page.next = StartOf(partition, start);
        return page;
      }
      ASSIGN_OR_RETURN(const messaging::LogSlice slice,
                       reader_.Read(partition, start, count_max - page.letters.size(), deadline));
      for (const messaging::Record& record : slice.records) {
        page.letters.push_back(ToDeadLetter(record));
      }
      if (slice.next) {
        page.next = StartOf(partition, *slice.next);
        return page;
      }
    }
  }
  return page;
}

absl::StatusOr<std::map<DeadLetterId, DeadLetter>> KafkaDeadLetterLog::Find(
    std::span<const DeadLetterId> ids, Deadline deadline) {
  // To ask for a partition that does not exist would be an error for all.
  std::map<std::string, int> partitions;
  std::set<DeadLetterId> wanted;
  for (const DeadLetterId& id : ids) {
    if (!partitions.contains(id.topic)) {
      ASSIGN_OR_RETURN(partitions[id.topic], reader_.CountPartitions(id.topic, deadline));
    }
    if (id.partition < partitions[id.topic]) {
      wanted.insert(id);
    }
  }
  std::map<DeadLetterId, DeadLetter> found;
  // Neighbours are read together.
  while (!wanted.empty()) {
    const DeadLetterId first = *wanted.begin();
    const int64_t ahead =
        std::min(kReadMax - 1, std::numeric_limits<int64_t>::max() - first.offset);
    const DeadLetterId window_last{first.topic, first.partition, first.offset + ahead};
    const DeadLetterId last = *std::prev(wanted.upper_bound(window_last));
    ASSIGN_OR_RETURN(const messaging::LogSlice slice,
                     reader_.Read({first.topic, first.partition}, first.offset,
                                  static_cast<size_t>(last.offset - first.offset) + 1, deadline));
    for (const messaging::Record& record : slice.records) {
      DeadLetter letter = ToDeadLetter(record);
      if (wanted.contains(letter.id)) {
        DeadLetterId id = letter.id;
        found.emplace(std::move(id), std::move(letter));
      }
    }
    wanted.erase(wanted.begin(), wanted.upper_bound(last));
  }
  return found;
}

}  // namespace orderflow::order
