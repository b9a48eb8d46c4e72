#include "services/order/messaging/saga_timer_runner.h"

#include <utility>
#include <vector>

#include "libs/base/crash_point.h"
#include "libs/base/errors.h"
#include "libs/base/status_macros.h"
#include "libs/telemetry/log.h"
#include "services/order/messaging/store_steps.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/persistence/due_sagas.h"
#include "services/order/sagas/workflow_batch.h"

namespace orderflow::order {

SagaTimerRunner::SagaTimerRunner(postgres::Pool& pool, outbox::Outbox& outbox,
                                 OrderWorkflow& workflow, SagaReader& reader, SagaMetrics& metrics,
                                 TimerOptions options)
    : pool_(pool),
      outbox_(outbox),
      workflow_(workflow),
      metrics_(metrics),
      reader_(reader),
      options_(options),
      random_(std::random_device{}()) {}

void SagaTimerRunner::Run(std::stop_token stop) {
  Mutex mutex;
  ConditionVariable never;
  auto next_count = std::chrono::steady_clock::now();
  bool failing = false;
  while (!stop.stop_requested()) {
    const auto fired = FireDue();
    if (!fired.ok() && !failing) {
      telemetry::LogWarning("saga timers cannot be read; trying on",
                            {{"error", Message(fired.status())}});
    }
    failing = !fired.ok();
    if (std::chrono::steady_clock::now() >= next_count) {
      UpdateGauges();
      next_count = std::chrono::steady_clock::now() + options_.count_interval;
    }
    if (fired.ok() && fired->more) {
      continue;
    }
    MutexLock lock(mutex);
    never.wait_for(mutex, stop, options_.interval, [] { return false; });
  }
}

absl::StatusOr<SagaTimerRunner::Fired> SagaTimerRunner::FireDue() {
  DueOrders due;
  RETURN_IF_ERROR(pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    ASSIGN_OR_RETURN(due, FindDueOrders(transaction, options_.batch_max));
    return absl::OkStatus();
  }));
  const Fired fired{.sagas = static_cast<int>(due.order_ids.size()), .more = due.more};
  if (due.order_ids.empty()) {
    return fired;
  }
  CRASH_POINT("saga.before_timers");
  const absl::Status status = Fire(due.order_ids);
  if (IsRetryable(status)) {
    return status;
  }
  if (!status.ok()) {
    FireOneByOne(due.order_ids);
    return Fired{.sagas = fired.sagas, .more = false};  // what failed again must not be hammered
  }
  return fired;
}

absl::Status SagaTimerRunner::Fire(std::span<const OrderId> due) {
  return pool_.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
    // Locked: two orchestrators find the same sagas due, and the second is to wait and find them
    // done rather than to do them, too, and lose.
    ASSIGN_OR_RETURN(LoadedAggregates locked, LockAggregates(transaction, due));
    std::vector<std::pair<OrderId, SagaId>> sagas;
    for (const auto& [order_id, aggregate] : locked.aggregates) {
      sagas.emplace_back(order_id, aggregate.current.saga.saga_id);
    }
    WorkflowBatch batch(workflow_, std::move(locked.aggregates));
    for (const auto& [order_id, saga_id] : sagas) {
      const double random01 = std::generate_canonical<double, 24>(random_);
      RETURN_IF_ERROR(batch
                          .Apply(order_id, saga_id, saga::TimerFired{},
                                 {.now = locked.now, .random01 = random01})
                          .status());
    }
    return StoreSteps(transaction, outbox_, metrics_, batch.TakeSteps(), locked.now);
  });
}

// A saga that cannot be acted on must not hold up the others: it is reported and looked at again
// later.
void SagaTimerRunner::FireOneByOne(std::span<const OrderId> due) {
  for (const OrderId& order_id : due) {
    const absl::Status status = Fire(std::span(&order_id, 1));
    if (status.ok() || IsRetryable(status)) {
      continue;
    }
    metrics_.OnTimerFailed();
    telemetry::LogError("saga cannot act on its timer; postponed",
                        {{"order_id", order_id.value()}, {"error", Message(status)}});
    const absl::Status postponed = pool_.RunInTransaction([&](postgres::Transaction& transaction) {
      return PostponeSagas(transaction, order_id, options_.postpone);
    });
    if (!postponed.ok()) {
      telemetry::LogError("saga cannot be postponed",
                          {{"order_id", order_id.value()}, {"error", Message(postponed)}});
    }
  }
}

void SagaTimerRunner::UpdateGauges() {
  if (const auto counts = reader_.Count(); counts.ok()) {
    metrics_.SetPastDue(static_cast<double>(counts->past_due));
    metrics_.SetNeedsAttention(static_cast<double>(counts->needs_attention));
    metrics_.SetPaused(static_cast<double>(counts->paused));
  }
}

}  // namespace orderflow::order
