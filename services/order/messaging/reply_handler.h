#pragma once

#include <cstddef>
#include <random>

#include "libs/base/mutex.h"
#include "libs/inbox/batch_handler.h"
#include "libs/outbox/outbox.h"
#include "services/order/messaging/saga_metrics.h"
#include "services/order/persistence/aggregate_loads.h"
#include "services/order/sagas/kept_aggregates.h"
#include "services/order/sagas/order_workflow.h"

namespace orderflow::order {

// Takes participants' replies (topic order.replies) to their sagas. Idempotent: a reply that a saga
// has had before changes nothing. A reply for an order that does not exist is counted and dropped:
// it can only come from another system's topic.
//
// A reply to a saga whose definition this binary does not have (a newer one is being rolled out) is
// counted and skipped. It is no poison, and waiting for the newer binary would hold up the sagas of
// the whole partition, for good when the roll-out is taken back. Nothing is lost: a reply decides
// only once it is stored, so the saga's timer, which only a newer binary acts on, asks again and
// the participant answers what it knows. Threadsafe.
class ReplyHandler final : public inbox::BatchHandler {
 public:
  // Keeps up to `kept_aggregates_max` orders under way as it has stored them; 0: reads each again
  // whenever a reply comes for it.
  ReplyHandler(OrderWorkflow& workflow, outbox::Outbox& outbox, SagaMetrics& metrics,
               size_t kept_aggregates_max);

  // kInvalidArgument: a record is not a SagaReply.
  absl::Status Handle(postgres::Transaction& transaction,
                      std::span<const messaging::Record> records) override;

 private:
  absl::StatusOr<LoadedAggregates> Load(postgres::Transaction& transaction,
                                        std::span<const OrderId> order_ids);

  OrderWorkflow& workflow_;
  outbox::Outbox& outbox_;
  SagaMetrics& metrics_;
  KeptAggregates kept_;
  Mutex mutex_;
  std::minstd_rand random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace orderflow::order
