#pragma once

#include <random>
#include <span>
#include <stop_token>

#include "absl/status/statusor.h"
#include "libs/base/clock.h"
#include "libs/base/mutex.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/pool.h"
#include "services/order/messaging/saga_metrics.h"
#include "services/order/sagas/order_workflow.h"
#include "services/order/sagas/saga_reader.h"

namespace orderflow::order {

struct TimerOptions {
  Duration interval{std::chrono::milliseconds(500)};  // between looks when nothing is due
  Duration count_interval{std::chrono::seconds(5)};   // between updates of the gauges
  int batch_max = 128;                                // sagas per transaction
  Duration postpone{std::chrono::minutes(5)};         // of a saga that cannot be acted on
};

// Wakes sagas whose next_action_time has passed. Any number of orchestrators may run one: the locks
// on the sagas' rows, and their versions, let each due saga act once.
class SagaTimerRunner {
 public:
  SagaTimerRunner(postgres::Pool& pool, outbox::Outbox& outbox, OrderWorkflow& workflow,
                  SagaReader& reader, SagaMetrics& metrics, TimerOptions options);

  // Returns soon after stop is requested.
  void Run(std::stop_token stop);

  struct Fired {
    int sagas = 0;
    bool more = false;  // a full batch: there may be more
    bool operator==(const Fired&) const = default;
  };
  // Fires a batch of what is due. A saga that cannot be acted on (its row is damaged, say) is
  // reported and postponed; the others act.
  absl::StatusOr<Fired> FireDue();

 private:
  absl::Status Fire(std::span<const OrderId> due);
  void FireOneByOne(std::span<const OrderId> due);
  void UpdateGauges();

  postgres::Pool& pool_;
  outbox::Outbox& outbox_;
  OrderWorkflow& workflow_;
  SagaMetrics& metrics_;
  SagaReader& reader_;
  const TimerOptions options_;
  std::minstd_rand random_;
};

}  // namespace orderflow::order
