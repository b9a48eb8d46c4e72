#pragma once

#include <vector>

#include "absl/status/status.h"
#include "libs/outbox/outbox.h"
#include "libs/postgres/transaction.h"
#include "services/order/messaging/saga_metrics.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Stores what changed, queues the messages, and counts and logs what ended once it is committed.
absl::Status StoreSteps(postgres::Transaction& transaction, outbox::Outbox& outbox,
                        SagaMetrics& metrics, std::vector<WorkflowStep> steps);

}  // namespace orderflow::order
