#include "libs/inbox/consumer_progress.h"

#include <utility>

#include "libs/base/errors.h"
#include "libs/base/planted_bug.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"

namespace orderflow::inbox {
namespace {

using messaging::TopicPartition;
using postgres::Params;
using postgres::Row;
using postgres::Rows;
using postgres::Statement;
using postgres::Transaction;

constexpr Statement kAddMissing{"inbox_add_missing_progress", R"sql(
INSERT INTO consumer_progress (consumer_group, topic, partition, next_offset)
SELECT $1, p.topic, p.partition, 0 FROM unnest($2::text[], $3::integer[]) AS p (topic, partition)
ON CONFLICT DO NOTHING
)sql"};

constexpr Statement kLoad{"inbox_load_progress", R"sql(
SELECT c.topic, c.partition, c.next_offset
FROM consumer_progress AS c
JOIN unnest($2::text[], $3::integer[]) AS p (topic, partition) ON c.topic = p.topic AND c.partition = p.partition
WHERE c.consumer_group = $1
LIMIT $4
)sql"};

constexpr Statement kAdvance{"inbox_advance_progress", R"sql(
UPDATE consumer_progress AS c
SET next_offset = s.next_offset, update_time = clock_timestamp()
FROM unnest($2::text[], $3::integer[], $4::bigint[], $5::bigint[]) AS s (topic, partition, expected, next_offset)
WHERE c.consumer_group = $1 AND c.topic = s.topic AND c.partition = s.partition AND c.next_offset = s.expected
)sql"};

constexpr Statement kForget{"inbox_forget_progress", R"sql(
UPDATE consumer_progress SET next_offset = 0, update_time = clock_timestamp() WHERE consumer_group = $1
)sql"};

constexpr Statement kForgetParked{"inbox_forget_parked_records", R"sql(
DELETE FROM parked_records WHERE consumer_group = $1
)sql"};

constexpr char kFencedReason[] = "CONSUMER_FENCED";

struct PartitionColumns {
  std::vector<std::string> topics;
  std::vector<int64_t> partitions;
};

PartitionColumns ToColumns(const std::vector<TopicPartition>& partitions) {
  PartitionColumns columns;
  for (const TopicPartition& partition : partitions) {
    columns.topics.push_back(partition.topic);
    columns.partitions.push_back(partition.partition);
  }
  return columns;
}

}  // namespace

bool IsFenced(const absl::Status& status) {
  return absl::IsCancelled(status) && DetailsOf(status).reason == kFencedReason;
}

ConsumerProgress::ConsumerProgress(postgres::Pool& pool, std::string group)
    : pool_(pool), group_(std::move(group)) {}

absl::StatusOr<Positions> ConsumerProgress::Load(const std::vector<TopicPartition>& partitions) {
  Positions positions;
  const PartitionColumns columns = ToColumns(partitions);
  RETURN_IF_ERROR(pool_.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    positions.clear();
    Params params;
    params.Text(group_).TextArray(columns.topics).IntArray(columns.partitions);
    RETURN_IF_ERROR(transaction.Execute(kAddMissing, params).status());
    params.Int(static_cast<int64_t>(partitions.size()));
    ASSIGN_OR_RETURN(const Rows rows, transaction.Execute(kLoad, params));
    for (const Row row : rows) {
      positions[{row.String(0), static_cast<int32_t>(row.Int(1))}] = row.Int(2);
    }
    return absl::OkStatus();
  }));
  return positions;
}

absl::Status ConsumerProgress::Advance(Transaction& transaction,
                                       const std::vector<ProgressStep>& steps) {
  std::vector<TopicPartition> partitions;
  std::vector<int64_t> expected;
  std::vector<int64_t> next;
  for (const ProgressStep& step : steps) {
    partitions.push_back(step.partition);
    expected.push_back(step.expected);
    next.push_back(step.next);
  }
  const PartitionColumns columns = ToColumns(partitions);
  Params params;
  params.Text(group_)
      .TextArray(columns.topics)
      .IntArray(columns.partitions)
      .IntArray(expected)
      .IntArray(next);
  if (IsPlanted(PlantedBug::kNoFencing)) {
    return transaction.Queue(kAdvance, params);
  }
  return transaction.QueueExactly(
      kAdvance, params, steps.size(),
      TypedError(absl::StatusCode::kCancelled,
                 "another process has moved the progress of this consumer group: reading it again",
                 kFencedReason));
}

absl::StatusOr<int64_t> ConsumerProgress::Forget() {
  int64_t partitions = 0;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(const Rows forgotten, transaction.Execute(kForget, Params().Text(group_)));
    partitions = forgotten.affected();
    return transaction.Queue(kForgetParked, Params().Text(group_));
  }));
  return partitions;
}

}  // namespace orderflow::inbox
