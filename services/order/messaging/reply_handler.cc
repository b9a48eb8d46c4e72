#include "services/order/messaging/reply_handler.h"

#include <set>
#include <utility>
#include <vector>

#include "libs/base/status_macros.h"
#include "libs/telemetry/trace_context.h"
#include "services/order/messaging/saga_reply_codec.h"
#include "services/order/messaging/store_steps.h"
#include "services/order/sagas/workflow_batch.h"

namespace orderflow::order {

namespace {

// A reply from another trace, or from none, does not take the order along.
std::string CauseOf(const ReceivedReply& reply, const WorkflowBatch& batch) {
  const WorkflowStep* step = batch.Find(reply.order_id);
  return step != nullptr && telemetry::IsSampled(reply.traceparent) &&
                 telemetry::IsSameTrace(step->aggregate.current.traceparent, reply.traceparent)
             ? reply.traceparent
             : "";
}

}  // namespace

ReplyHandler::ReplyHandler(OrderWorkflow& workflow, outbox::Outbox& outbox, SagaMetrics& metrics,
                           size_t kept_aggregates_max)
    : workflow_(workflow),
      outbox_(outbox),
      metrics_(metrics),
      kept_(kept_aggregates_max),
      random_(std::random_device{}()) {}

// Hardly ever does anybody come in between. Then all of the batch runs again, and must get through.
absl::StatusOr<LoadedAggregates> ReplyHandler::Load(postgres::Transaction& transaction,
                                                    std::span<const OrderId> order_ids) {
  if (transaction.attempt() > 1) {
    metrics_.OnRepeatedBatch();
    return LockAggregates(transaction, order_ids);
  }
  return TakeOrLoadAggregates(transaction, order_ids, kept_);
}

absl::Status ReplyHandler::Handle(postgres::Transaction& transaction,
                                  std::span<const messaging::Record> records) {
  std::vector<ReceivedReply> replies;
  std::set<OrderId> distinct;
  for (const messaging::Record& record : records) {
    ASSIGN_OR_RETURN(replies.emplace_back(), DecodeReply(record));
    distinct.insert(replies.back().order_id);
  }
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  ASSIGN_OR_RETURN(LoadedAggregates loaded, Load(transaction, order_ids));
  metrics_.OnAggregates({.kept = loaded.kept,
                         .stale = loaded.stale,
                         .read = loaded.aggregates.size() - loaded.kept - loaded.stale});
  WorkflowBatch batch(workflow_, std::move(loaded.aggregates));
  for (const ReceivedReply& reply : replies) {
    double random01 = 0;
    {
      MutexLock lock(mutex_);
      random01 = std::generate_canonical<double, 24>(random_);
    }
    const absl::StatusOr<bool> known =
        batch.Apply(reply.order_id, reply.saga_id, reply.event,
                    {.now = loaded.now, .random01 = random01}, CauseOf(reply, batch));
    if (absl::IsUnimplemented(known.status())) {
      metrics_.OnReplyForNewerSaga(reply.order_id.value(), known.status());
      continue;
    }
    RETURN_IF_ERROR(known.status());
    if (!*known) {
      metrics_.OnReplyForUnknownOrder();
    }
  }
  return StoreSteps(transaction, outbox_, metrics_, batch.TakeSteps(), loaded.now, &kept_);
}

}  // namespace orderflow::order
