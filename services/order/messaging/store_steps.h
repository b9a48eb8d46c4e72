#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/transaction.h"
#include "services/order/messaging/saga_metrics.h"
#include "services/order/sagas/kept_aggregates.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Stores what changed since the load, as of whose `now`, queues the messages, and counts and logs
// what ended once it is committed. Then it goes to `kept`, too, if there is one.
absl::Status StoreSteps(postgres::Transaction& transaction, outbox::Outbox& outbox,
                        SagaMetrics& metrics, std::vector<WorkflowStep> steps, Timestamp now,
                        KeptAggregates* kept = nullptr);

}  // namespace orderflow::order
