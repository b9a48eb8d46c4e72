#include "services/order/messaging/reply_handler.h"

#include <set>
#include <utility>
#include <vector>

#include "fmt/format.h"
#include "libs/base/status_macros.h"
#include "libs/base/uuid.h"
#include "orderflow/order/v1/saga_messages.pb.h"
#include "services/order/messaging/store_steps.h"
#include "services/order/persistence/aggregate_rows.h"
#include "services/order/sagas/workflow_batch.h"

namespace orderflow::order {
namespace {

absl::StatusOr<v1::SagaReply> Parse(const messaging::Record& record) {
  v1::SagaReply reply;
  if (!reply.ParseFromString(record.value)) {
    return absl::InvalidArgumentError(fmt::format("record {}/{}@{} is not a SagaReply",
                                                  record.topic, record.partition, record.offset));
  }
  if (!IsUuid(reply.step().saga_id()) || !IsUuid(reply.step().order_id())) {
    return absl::InvalidArgumentError(
        fmt::format("record {}/{}@{} has no valid saga_id and order_id", record.topic,
                    record.partition, record.offset));
  }
  if (!v1::StepOutcome_IsValid(reply.outcome()) ||
      reply.outcome() == v1::STEP_OUTCOME_UNSPECIFIED) {
    return absl::InvalidArgumentError(
        fmt::format("record {}/{}@{} has outcome {}, which this binary does not know", record.topic,
                    record.partition, record.offset, static_cast<int>(reply.outcome())));
  }
  return reply;
}

saga::Outcome ToOutcome(v1::StepOutcome outcome) {
  switch (outcome) {
    case v1::STEP_OUTCOME_DONE:
      return saga::Outcome::kDone;
    case v1::STEP_OUTCOME_REFUSED:
      return saga::Outcome::kRefused;
    case v1::STEP_OUTCOME_FAILED:
      return saga::Outcome::kFailed;
    default:
      return saga::Outcome::kUnknown;
  }
}

saga::ReplyReceived ToEvent(const v1::SagaReply& reply) {
  // Where a refusal parks the saga, its message is the error that a person is shown.
  const std::string& error =
      reply.error_message().empty() ? reply.refusal().message() : reply.error_message();
  return {.step = reply.step().step(),
          .compensation = reply.step().compensation(),
          .outcome = ToOutcome(reply.outcome()),
          .refusal = reply.refusal().SerializeAsString(),
          .error = error};
}

}  // namespace

ReplyHandler::ReplyHandler(OrderWorkflow& workflow, outbox::Outbox& outbox, SagaMetrics& metrics)
    : workflow_(workflow), outbox_(outbox), metrics_(metrics), random_(std::random_device{}()) {}

absl::Status ReplyHandler::Handle(postgres::Transaction& transaction,
                                  std::span<const messaging::Record> records) {
  std::vector<v1::SagaReply> replies;
  std::set<OrderId> distinct;
  for (const messaging::Record& record : records) {
    ASSIGN_OR_RETURN(v1::SagaReply reply, Parse(record));
    distinct.insert(OrderId(reply.step().order_id()));
    replies.push_back(std::move(reply));
  }
  const std::vector<OrderId> order_ids(distinct.begin(), distinct.end());
  ASSIGN_OR_RETURN(LockedAggregates locked, LockAggregates(transaction, order_ids));
  WorkflowBatch batch(workflow_, std::move(locked.aggregates));
  for (const v1::SagaReply& reply : replies) {
    double random01 = 0;
    {
      MutexLock lock(mutex_);
      random01 = std::generate_canonical<double, 24>(random_);
    }
    const absl::StatusOr<bool> known =
        batch.Apply(OrderId(reply.step().order_id()), SagaId(reply.step().saga_id()),
                    ToEvent(reply), {.now = locked.now, .random01 = random01});
    if (absl::IsUnimplemented(known.status())) {
      metrics_.OnReplyForNewerSaga(reply.step().order_id(), known.status());
      continue;
    }
    RETURN_IF_ERROR(known.status());
    if (!*known) {
      metrics_.OnReplyForUnknownOrder();
    }
  }
  return StoreSteps(transaction, outbox_, metrics_, batch.TakeSteps());
}

}  // namespace orderflow::order
