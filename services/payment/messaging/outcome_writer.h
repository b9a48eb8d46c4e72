#pragma once

#include <random>
#include <span>
#include <stop_token>
#include <vector>

#include "absl/status/status.h"
#include "libs/base/batch_queue.h"
#include "services/payment/domain/payment_store.h"
#include "services/payment/messaging/batch_writer.h"
#include "services/payment/messaging/orders_in_hand.h"
#include "services/payment/messaging/outcome_metrics.h"

namespace orderflow::postgres {
class Pool;
}
namespace orderflow::telemetry {
class Counter;
class Histogram;
class Metrics;
}  // namespace orderflow::telemetry

namespace orderflow::payment {

struct OutcomeWriterOptions {
  DecisionPolicy policy{};
  size_t batch_max = 256;    // outcomes per transaction
  size_t queue_max = 16384;  // outcomes that may wait; beyond it they are dropped and found again
  Duration retry_delay_max{std::chrono::seconds(2)};
};

// Stores outcomes of provider calls, with group commit: while one transaction commits, the next
// batch collects. A transaction holds operations, payments, ledger, replies and follow-up
// operations.
//
// Effects once: only open operations change, so a batch whose commit is in doubt is simply written
// again. Outcomes that are lost (crash, full queue) leave their operations open; the resolver asks
// the provider again.
class OutcomeWriter {
 public:
  OutcomeWriter(postgres::Pool& pool, PaymentStore& store, BatchWriter& writer,
                OrdersInHand& orders, OutcomeMetrics& stored, telemetry::Metrics& metrics,
                OutcomeWriterOptions options);

  // Threadsafe, never blocks.
  void Submit(CallOutcome outcome);

  // The worker. Returns when Close() has been called and everything is stored, or, should the
  // database be out of reach, when stop is requested.
  void Run(std::stop_token stop);
  void Close() { queue_.Close(); }

  // Stores a batch in one transaction, once nobody else has its orders in hand. kAborted,
  // kUnavailable, kUnknown: try again.
  absl::Status Store(std::span<const CallOutcome> outcomes);

 private:
  void StoreUntilDone(std::span<const CallOutcome> outcomes, const std::stop_token& stop);
  absl::Status StoreOnce(postgres::Transaction& transaction, std::span<const CallOutcome> outcomes,
                         std::span<const OrderId> order_ids);

  postgres::Pool& pool_;
  PaymentStore& store_;
  BatchWriter& writer_;
  OrdersInHand& orders_;
  OutcomeMetrics& stored_;
  telemetry::Histogram& batch_size_;
  telemetry::Counter& dropped_;
  const OutcomeWriterOptions options_;
  std::mt19937_64 random_;  // of the worker
  BatchQueue<CallOutcome> queue_;
};

}  // namespace orderflow::payment
