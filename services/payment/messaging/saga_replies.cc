#include "services/payment/messaging/saga_replies.h"

#include <utility>

#include "libs/messaging/topics.h"
#include "orderflow/order/v1/saga_messages.pb.h"

namespace orderflow::payment {
namespace {

using order::v1::SagaReply;
using Refusal = common::v1::Refusal;

constexpr char kReplyType[] = "orderflow.order.v1.SagaReply";

Refusal::Reason ToProto(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kPaymentDeclined:
      return Refusal::REASON_PAYMENT_DECLINED;
    case RefusalReason::kAlreadyCompensated:
      return Refusal::REASON_ALREADY_COMPENSATED;
    case RefusalReason::kUnspecified:
      break;
  }
  return Refusal::REASON_UNSPECIFIED;
}

order::v1::StepOutcome ToProto(ReplyOutcome outcome) {
  switch (outcome) {
    case ReplyOutcome::kDone:
      return order::v1::STEP_OUTCOME_DONE;
    case ReplyOutcome::kRefused:
      return order::v1::STEP_OUTCOME_REFUSED;
    case ReplyOutcome::kFailed:
      return order::v1::STEP_OUTCOME_FAILED;
    case ReplyOutcome::kUnknown:
      break;
  }
  return order::v1::STEP_OUTCOME_UNKNOWN;
}

SagaReply ToProto(const StepReply& reply) {
  SagaReply proto;
  auto& step = *proto.mutable_step();
  step.set_saga_id(reply.step.saga_id.value());
  step.set_order_id(reply.order_id.value());
  step.set_step(reply.step.step);
  step.set_compensation(reply.step.compensation);
  step.set_attempt(reply.step.attempt);
  proto.set_outcome(ToProto(reply.outcome));
  if (reply.outcome == ReplyOutcome::kRefused) {
    proto.mutable_refusal()->set_reason(ToProto(reply.refusal));
    proto.mutable_refusal()->set_message(reply.message);
    proto.mutable_refusal()->set_provider_code(reply.provider_code);
  } else {
    proto.set_error_message(reply.message);
  }
  return proto;
}

}  // namespace

std::vector<outbox::OutboxMessage> ToOutboxMessages(std::span<const StepReply> replies,
                                                    IdGenerator& ids) {
  std::vector<outbox::OutboxMessage> messages;
  messages.reserve(replies.size());
  for (const StepReply& reply : replies) {
    outbox::OutboxMessage message;
    message.message_id = ids.NewId();
    message.topic = messaging::kOrderReplies;
    message.key = reply.order_id.value();
    message.type = kReplyType;
    message.traceparent = reply.step.traceparent;
    message.payload = ToProto(reply).SerializeAsString();
    messages.push_back(std::move(message));
  }
  return messages;
}

}  // namespace orderflow::payment
