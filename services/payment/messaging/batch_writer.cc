#include "services/payment/messaging/batch_writer.h"

#include <chrono>
#include <utility>
#include <vector>

#include "libs/base/crash_point.h"
#include "libs/base/status_macros.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/transaction.h"
#include "services/payment/messaging/saga_replies.h"

namespace orderflow::payment {

absl::Status BatchWriter::Write(postgres::Transaction& transaction, PaymentBatch batch,
                                Duration call_lease) {
  // Half of the lease is for waiting in line, the rest for the call itself.
  std::vector<ProviderCall> calls =
      batch.TakeCalls(std::chrono::steady_clock::now() + call_lease / 2);
  const std::vector<PaymentChange> changes = batch.TakeChanges();
  RETURN_IF_ERROR(store_.Store(transaction, changes, batch.transfers()));
  RETURN_IF_ERROR(outbox_.Insert(transaction, ToOutboxMessages(batch.replies(), ids_)));
  if (!calls.empty()) {
    transaction.AfterCommit([this, calls = std::move(calls)]() mutable {
      CRASH_POINT("payment.after_intent");
      calls_.Submit(std::move(calls));
    });
  }
  return absl::OkStatus();
}

}  // namespace orderflow::payment
