#include "services/order/messaging/store_steps.h"

#include <iterator>
#include <utility>

#include "libs/base/crash_point.h"
#include "libs/base/status_macros.h"
#include "services/order/persistence/aggregate_rows.h"

namespace orderflow::order {

absl::Status StoreSteps(postgres::Transaction& transaction, outbox::Outbox& outbox,
                        SagaMetrics& metrics, std::vector<WorkflowStep> steps, Timestamp now,
                        KeptAggregates* kept) {
  if (steps.empty()) {
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(UpdateAggregates(transaction, steps, now));
  std::vector<outbox::OutboxMessage> messages;
  for (WorkflowStep& step : steps) {
    std::move(step.messages.begin(), step.messages.end(), std::back_inserter(messages));
  }
  RETURN_IF_ERROR(outbox.Insert(transaction, std::move(messages)));
  CRASH_POINT("saga.before_commit_of_step");
  transaction.AfterCommit([&metrics, kept, now, steps = std::move(steps)]() mutable {
    CRASH_POINT("saga.after_commit_of_step");
    for (WorkflowStep& step : steps) {
      metrics.OnStep(step);
      if (kept != nullptr) {
        kept->Keep(AsStored(std::move(step), now));
      }
    }
    if (kept != nullptr) {
      metrics.SetKeptAggregates(static_cast<double>(kept->size()));
    }
  });
  return absl::OkStatus();
}

}  // namespace orderflow::order
