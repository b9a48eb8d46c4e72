#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/inbox/parked_records.h"
#include "libs/postgres/transaction.h"

namespace orderflow::inbox {

// The rows of table parked_records of one consumer group.

absl::StatusOr<std::vector<ParkedRecord>> LoadParkedRecords(
    postgres::Transaction& transaction, const std::string& group,
    const std::vector<messaging::TopicPartition>& partitions);

// Each queues its statement; what is there already, or is not, is no error.
absl::Status AddParkedRecord(postgres::Transaction& transaction, const std::string& group,
                             const ParkedRecord& record);
absl::Status RemoveParkedRecord(postgres::Transaction& transaction, const std::string& group,
                                const ParkedRecord& record);
// All of the partition.
absl::Status RemoveParkedRecords(postgres::Transaction& transaction, const std::string& group,
                                 const messaging::TopicPartition& partition);

}  // namespace orderflow::inbox
