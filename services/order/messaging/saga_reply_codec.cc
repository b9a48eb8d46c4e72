#include "services/order/messaging/saga_reply_codec.h"

#include "fmt/format.h"
#include "libs/base/planted_bug.h"
#include "libs/base/uuid.h"
#include "libs/messaging/record_trace.h"
#include "orderflow/order/v1/saga_messages.pb.h"

namespace orderflow::order {
namespace {

saga::Outcome ToOutcome(v1::StepOutcome outcome) {
  switch (outcome) {
    case v1::STEP_OUTCOME_DONE:
      return saga::Outcome::kDone;
    case v1::STEP_OUTCOME_REFUSED:
      return saga::Outcome::kRefused;
    case v1::STEP_OUTCOME_FAILED:
      return saga::Outcome::kFailed;
    default:
      return IsPlanted(PlantedBug::kUnknownIsRefusal) ? saga::Outcome::kRefused
                                                      : saga::Outcome::kUnknown;
  }
}

absl::Status Malformed(const messaging::Record& record, const std::string& what) {
  return absl::InvalidArgumentError(
      fmt::format("record {}/{}@{} {}", record.topic, record.partition, record.offset, what));
}

}  // namespace

absl::StatusOr<ReceivedReply> DecodeReply(const messaging::Record& record) {
  v1::SagaReply reply;
  if (!reply.ParseFromString(record.value)) {
    return Malformed(record, "is not a SagaReply");
  }
  if (!IsUuid(reply.step().saga_id()) || !IsUuid(reply.step().order_id())) {
    return Malformed(record, "has no valid saga_id and order_id");
  }
  if (!v1::StepOutcome_IsValid(reply.outcome()) ||
      reply.outcome() == v1::STEP_OUTCOME_UNSPECIFIED) {
    return Malformed(record, fmt::format("has outcome {}, which this binary does not know",
                                         static_cast<int>(reply.outcome())));
  }
  // Where a refusal parks the saga, its message is the error that a person is shown.
  const std::string& error =
      reply.error_message().empty() ? reply.refusal().message() : reply.error_message();
  return ReceivedReply{.order_id = OrderId(reply.step().order_id()),
                       .saga_id = SagaId(reply.step().saga_id()),
                       .event = {.step = reply.step().step(),
                                 .compensation = reply.step().compensation(),
                                 .outcome = ToOutcome(reply.outcome()),
                                 .refusal = reply.refusal().SerializeAsString(),
                                 .error = error},
                       .traceparent = std::string(messaging::TraceparentOf(record))};
}

}  // namespace orderflow::order
