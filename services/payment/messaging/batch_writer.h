#pragma once

#include "absl/status/status.h"
#include "libs/base/uuid.h"
#include "services/payment/domain/payment_batch.h"
#include "services/payment/domain/payment_store.h"

namespace orderflow::outbox {
class Outbox;
}

namespace orderflow::payment {

// Writes what a batch leads to into the caller's transaction: payments, operations, ledger,
// replies; and hands the calls that were not taken from it before over once it has committed.
// Threadsafe.
class BatchWriter {
 public:
  BatchWriter(PaymentStore& store, outbox::Outbox& outbox, CallSink& calls, IdGenerator& ids)
      : store_(store), outbox_(outbox), calls_(calls), ids_(ids) {}

  // kAborted: a payment has changed since it was loaded; run the transaction again.
  absl::Status Write(postgres::Transaction& transaction, PaymentBatch batch, Duration call_lease);

 private:
  PaymentStore& store_;
  outbox::Outbox& outbox_;
  CallSink& calls_;
  IdGenerator& ids_;
};

}  // namespace orderflow::payment
