#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/outbox/outbox_message.h"

namespace orderflow::postgres {
class Pool;
class Transaction;
}  // namespace orderflow::postgres

namespace orderflow::outbox {

// A row has the messages of a transaction, which may be one or hundreds.
struct ReadLimits {
  size_t rows_max = 50;
  size_t messages_max = 2000;  // no further row is read once there are so many
};

// How much waits in the table.
struct OutboxDepth {
  int64_t messages = 0;  // counted in up to kCountMax rows
  double oldest_age_seconds = 0;
};

// The relay's statements on the outbox tables. Errors as of postgres::Pool; every call may be
// repeated. Threadsafe.
class OutboxStore {
 public:
  static constexpr int64_t kCountMax = 10'000;  // counting more would cost more than it tells

  explicit OutboxStore(postgres::Pool& pool) : pool_(pool) {}

  // In the caller's transaction, all of them (at least one) in one row. Forms their batch.
  static absl::Status Insert(postgres::Transaction& transaction,
                             std::vector<OutboxMessage>& messages);

  absl::Status Delete(std::vector<std::string> batch_ids);

  // Takes or renews the sweep lease for `owner`. False: another process has it. A process that held
  // it and was paused may still be reading for a moment: that costs duplicates, never a loss.
  absl::StatusOr<bool> AcquireLease(const std::string& owner, Duration lease);
  // Lets another process take it at once.
  absl::Status ReleaseLease(const std::string& owner);

  // The messages of rows after `after_batch_id` (empty: from the first) that are older than
  // `age_min` by the database's clock, ascending by batch and message id. Of whole rows, and of one
  // at least, however many messages it has.
  absl::StatusOr<std::vector<OutboxMessage>> ReadOlderThan(Duration age_min,
                                                           const std::string& after_batch_id,
                                                           const ReadLimits& limits);

  absl::StatusOr<OutboxDepth> Depth();

 private:
  postgres::Pool& pool_;
};

}  // namespace orderflow::outbox
