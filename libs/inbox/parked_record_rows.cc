#include "libs/inbox/parked_record_rows.h"

#include "libs/base/status_macros.h"

namespace orderflow::inbox {
namespace {

using postgres::Params;
using postgres::Statement;

// A bound, not a page: each row is a dead letter that a person has to see to.
constexpr int64_t kRowsMax = 1'000'000;

constexpr Statement kLoad{"inbox_load_parked_records", R"sql(
SELECT r.topic, r.partition, r.key, r.first_offset
FROM parked_records AS r
JOIN unnest($2::text[], $3::integer[]) AS p (topic, partition) ON r.topic = p.topic AND r.partition = p.partition
WHERE r.consumer_group = $1
LIMIT $4
)sql"};

constexpr Statement kAdd{"inbox_add_parked_record", R"sql(
INSERT INTO parked_records (consumer_group, topic, partition, key, first_offset)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
)sql"};

constexpr Statement kRemove{"inbox_remove_parked_record", R"sql(
DELETE FROM parked_records
WHERE consumer_group = $1 AND topic = $2 AND partition = $3 AND key = $4 AND first_offset = $5
)sql"};

constexpr Statement kRemoveAll{"inbox_remove_parked_records", R"sql(
DELETE FROM parked_records WHERE consumer_group = $1 AND topic = $2 AND partition = $3
)sql"};

Params ParamsOf(const std::string& group, const ParkedRecord& record) {
  Params params;
  params.Text(group).Text(record.partition.topic).Int(record.partition.partition);
  params.Text(record.key).Int(record.first_offset);
  return params;
}

}  // namespace

absl::StatusOr<std::vector<ParkedRecord>> LoadParkedRecords(
    postgres::Transaction& transaction, const std::string& group,
    const std::vector<messaging::TopicPartition>& partitions) {
  std::vector<std::string> topics;
  std::vector<int64_t> numbers;
  for (const messaging::TopicPartition& partition : partitions) {
    topics.push_back(partition.topic);
    numbers.push_back(partition.partition);
  }
  Params params;
  params.Text(group).TextArray(topics).IntArray(numbers).Int(kRowsMax);
  ASSIGN_OR_RETURN(const postgres::Rows rows, transaction.Execute(kLoad, params));
  std::vector<ParkedRecord> records;
  for (const postgres::Row row : rows) {
    records.push_back(
        {{row.String(0), static_cast<int32_t>(row.Int(1))}, row.String(2), row.Int(3)});
  }
  return records;
}

absl::Status AddParkedRecord(postgres::Transaction& transaction, const std::string& group,
                             const ParkedRecord& record) {
  return transaction.Queue(kAdd, ParamsOf(group, record));
}

absl::Status RemoveParkedRecord(postgres::Transaction& transaction, const std::string& group,
                                const ParkedRecord& record) {
  return transaction.Queue(kRemove, ParamsOf(group, record));
}

absl::Status RemoveParkedRecords(postgres::Transaction& transaction, const std::string& group,
                                 const messaging::TopicPartition& partition) {
  Params params;
  params.Text(group).Text(partition.topic).Int(partition.partition);
  return transaction.Queue(kRemoveAll, params);
}

}  // namespace orderflow::inbox
