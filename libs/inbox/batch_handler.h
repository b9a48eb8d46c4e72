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

  // Called before the transaction that Handle is called in, outside of any: for what would keep it
  // open too long, or has to be held beyond its end. Whether the progress is still ours is not
  // known yet: what it does outside must be harmless twice, and for a process that is fenced.
  // Errors are as those of Handle, which is then not called.
  virtual absl::Status Prepare(std::span<const messaging::Record> /*records*/) {
    return absl::OkStatus();
  }

  // Called once after each Prepare, when the transaction has ended: committed, rolled back or in
  // doubt, or never begun.
  virtual void Release() {}

  // Applies every record of the batch with set-based SQL. May be called again with the same records
  // (in a second try of the transaction, without another Prepare; redelivered, with one) and must
  // then change nothing more: effects have natural keys.
  // kInvalidArgument, kInternal, kFailedPrecondition, ...: the batch cannot be applied; it is split
  // until the poison record stands alone, which goes to the dead letter queue with this message.
  // kAborted, kUnavailable, kUnknown, kResourceExhausted, kDeadlineExceeded, kCancelled: tried
  // again later, as a whole.
  virtual absl::Status Handle(postgres::Transaction& transaction,
                              std::span<const messaging::Record> records) = 0;
};

}  // namespace orderflow::inbox
