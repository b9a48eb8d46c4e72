#pragma once

#include <span>

#include "absl/status/status.h"
#include "libs/messaging/record.h"

namespace orderflow::postgres {
class Transaction;
}

namespace orderflow::inbox {

// What a service does with a batch of records. Called by TransactionalConsumer inside the
// transaction that also stores progress, so effects, replies and progress commit together.
class BatchHandler {
 public:
  virtual ~BatchHandler() = default;

  // Applies every record of the batch with set-based SQL. May be called again with the same records
  // (retry, redelivery) and must then change nothing more: effects have natural keys.
  // kInvalidArgument, kInternal, kFailedPrecondition, ...: the batch cannot be applied; it is split
  // until the poison record stands alone, which goes to the dead letter queue with this message.
  // kAborted, kUnavailable, kUnknown, kResourceExhausted, kDeadlineExceeded, kCancelled: tried
  // again later, as a whole.
  virtual absl::Status Handle(postgres::Transaction& transaction,
                              std::span<const messaging::Record> records) = 0;
};

}  // namespace orderflow::inbox
