#include "services/payment/messaging/outcome_writer.h"

#include <condition_variable>
#include <set>
#include <string>
#include <utility>

#include "libs/base/crash_point.h"
#include "libs/base/errors.h"
#include "libs/base/mutex.h"
#include "libs/base/status_macros.h"
#include "libs/postgres/pool.h"
#include "libs/telemetry/log.h"
#include "libs/telemetry/metrics.h"

namespace orderflow::payment {
namespace {

constexpr BackoffPolicy kRetry{.initial = std::chrono::milliseconds(20),
                               .max = std::chrono::seconds(2)};

void WaitFor(Duration delay, const std::stop_token& stop) {
  Mutex mutex;
  ConditionVariable never;
  MutexLock lock(mutex);
  never.wait_for(mutex, stop, delay, []() { return false; });
}

bool MayRetry(const absl::Status& status) {
  return IsRetryable(status) || absl::IsResourceExhausted(status);
}

}  // namespace

OutcomeWriter::OutcomeWriter(postgres::Pool& pool, PaymentStore& store, BatchWriter& writer,
                             OrdersInHand& orders, OutcomeMetrics& stored,
                             telemetry::Metrics& metrics, OutcomeWriterOptions options)
    : pool_(pool),
      store_(store),
      writer_(writer),
      orders_(orders),
      stored_(stored),
      batch_size_(metrics.AddHistogram("orderflow_payment_batch_outcomes",
                                       "Outcomes per transaction.", telemetry::SizeBuckets())),
      dropped_(metrics.AddCounter("orderflow_payment_dropped_outcomes_total",
                                  "Outcomes that found the queue full; the resolver asks again.")),
      options_(options),
      random_(std::random_device{}()),
      queue_(options.queue_max) {}

void OutcomeWriter::Submit(CallOutcome outcome) {
  if (!queue_.TryPush(std::move(outcome))) {
    dropped_.Increment();
  }
}

void OutcomeWriter::Run(std::stop_token stop) {
  while (true) {
    // Waits without the stop token: Close() ends the loop once the queue is drained.
    const std::vector<CallOutcome> outcomes =
        queue_.PopBatch(options_.batch_max, std::stop_token());
    if (outcomes.empty()) {
      return;
    }
    batch_size_.Observe(static_cast<double>(outcomes.size()));
    StoreUntilDone(outcomes, stop);
  }
}

void OutcomeWriter::StoreUntilDone(std::span<const CallOutcome> outcomes,
                                   const std::stop_token& stop) {
  std::uniform_real_distribution<double> random01(0, 1);
  for (int attempt = 1;; ++attempt) {
    const absl::Status status = Store(outcomes);
    if (status.ok()) {
      CRASH_POINT("payment.after_outcome");
      stored_.Count(outcomes);
      return;
    }
    if (MayRetry(status)) {
      if (stop.stop_requested()) {
        return;  // the operations stay open
      }
      telemetry::LogWarning("outcomes of provider calls could not be stored; trying again",
                            {{"error", status.ToString()}, {"attempt", std::to_string(attempt)}});
      WaitFor(BackoffDelay(kRetry, attempt, random01(random_)), stop);
      continue;
    }
    if (outcomes.size() == 1) {
      telemetry::LogError(
          "an outcome of a provider call cannot be stored; its operation stays open",
          {{"order_id", outcomes[0].order_id.value()}, {"error", status.ToString()}});
      return;
    }
    const size_t half = outcomes.size() / 2;  // find the one that cannot be stored
    StoreUntilDone(outcomes.first(half), stop);
    StoreUntilDone(outcomes.subspan(half), stop);
    return;
  }
}

absl::Status OutcomeWriter::Store(std::span<const CallOutcome> outcomes) {
  std::set<OrderId> distinct;
  for (const CallOutcome& outcome : outcomes) {
    distinct.insert(outcome.order_id);
  }
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  const OrdersInHand::Claim claim = orders_.Take(order_ids);
  return pool_.RunInTransaction([&](postgres::Transaction& transaction) {
    return StoreOnce(transaction, outcomes, order_ids);
  });
}

absl::Status OutcomeWriter::StoreOnce(postgres::Transaction& transaction,
                                      std::span<const CallOutcome> outcomes,
                                      std::span<const OrderId> order_ids) {
  ASSIGN_OR_RETURN(Payments payments, store_.Load(transaction, order_ids));
  PaymentBatch batch(std::move(payments), options_.policy);
  std::uniform_real_distribution<double> random01(0, 1);
  for (const CallOutcome& outcome : outcomes) {
    batch.Apply(outcome, random01(random_));
  }
  RETURN_IF_ERROR(writer_.Write(transaction, std::move(batch), options_.policy.call_lease));
  CRASH_POINT("payment.before_commit_of_outcome");
  return absl::OkStatus();
}

}  // namespace orderflow::payment
