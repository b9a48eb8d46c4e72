#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "libs/inbox/positions.h"
#include "libs/messaging/record.h"

namespace orderflow::postgres {
class Pool;
class Transaction;
}  // namespace orderflow::postgres

namespace orderflow::inbox {

// True for the status of a transaction that another process has overtaken (kCancelled with a mark
// of its own: a kCancelled from elsewhere, such as a handler's call to a peer, is none).
bool IsFenced(const absl::Status& status);

// The rows of one consumer group in table consumer_progress. Errors as of postgres::Pool.
// Threadsafe.
class ConsumerProgress {
 public:
  ConsumerProgress(postgres::Pool& pool, std::string group);

  // Reads the positions of `partitions`; one that is new starts at 0.
  absl::StatusOr<Positions> Load(const std::vector<messaging::TopicPartition>& partitions);

  // Queues the move of all partitions. When one of them is not where it is expected to be, another
  // process has moved it: the transaction fails with a status that IsFenced, and rolls back.
  absl::Status Advance(postgres::Transaction& transaction, const std::vector<ProgressStep>& steps);

  // From now on all partitions are read from the beginning, and nothing waits behind a dead letter
  // any more: for a Kafka that was made anew, whose logs begin again. Who runs is fenced, and reads
  // progress again. Returns how many partitions there were.
  absl::StatusOr<int64_t> Forget();

 private:
  postgres::Pool& pool_;
  const std::string group_;
};

}  // namespace orderflow::inbox
