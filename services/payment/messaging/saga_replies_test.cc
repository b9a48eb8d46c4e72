// Proves that replies leave with the right topic, key, type, trace and content for every outcome.
#include "services/payment/messaging/saga_replies.h"

#include <gtest/gtest.h>

#include <vector>

#include "libs/testing/sequential_ids.h"
#include "orderflow/order/v1/saga_messages.pb.h"
#include "services/payment/domain/payment_decisions.h"

namespace orderflow::payment {
namespace {

using common::v1::Refusal;
using order::v1::SagaReply;

const OrderId kOrder("0190e000-0000-7000-8000-000000000001");
const StepRef kStep{SagaId("0190e000-0000-7000-8000-0000000000aa"), "authorize_payment", false, 2,
                    "00-trace"};

SagaReply Read(const outbox::OutboxMessage& message) {
  SagaReply reply;
  EXPECT_TRUE(reply.ParseFromString(message.payload));
  return reply;
}

TEST(SagaReplies, CarryTheStepBack) {
  testing::SequentialIds ids;
  const std::vector<StepReply> replies{Done(kOrder, kStep), Done(kOrder, kStep)};

  const auto messages = ToOutboxMessages(replies, ids);

  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].topic, "order.replies");
  EXPECT_EQ(messages[0].key, kOrder.value());
  EXPECT_EQ(messages[0].type, SagaReply().GetTypeName());
  EXPECT_EQ(messages[0].traceparent, "00-trace");
  EXPECT_LT(messages[0].message_id, messages[1].message_id);
  const SagaReply reply = Read(messages[0]);
  EXPECT_EQ(reply.outcome(), order::v1::STEP_OUTCOME_DONE);
  EXPECT_EQ(reply.step().saga_id(), kStep.saga_id.value());
  EXPECT_EQ(reply.step().order_id(), kOrder.value());
  EXPECT_EQ(reply.step().step(), "authorize_payment");
  EXPECT_EQ(reply.step().attempt(), 2);
  EXPECT_FALSE(reply.has_refusal());
}

TEST(SagaReplies, SayWhy) {
  testing::SequentialIds ids;
  const std::vector<StepReply> replies{
      Refused(kOrder, kStep, RefusalReason::kPaymentDeclined, "expired_card", "declined"),
      Refused(kOrder, kStep, RefusalReason::kAlreadyCompensated, "", "voided"),
      Failed(kOrder, kStep, "not yet"),
      StepReply{.order_id = kOrder,
                .step = kStep,
                .outcome = ReplyOutcome::kUnknown,
                .message = "timed out"}};

  const auto messages = ToOutboxMessages(replies, ids);

  EXPECT_EQ(Read(messages[0]).outcome(), order::v1::STEP_OUTCOME_REFUSED);
  EXPECT_EQ(Read(messages[0]).refusal().reason(), Refusal::REASON_PAYMENT_DECLINED);
  EXPECT_EQ(Read(messages[0]).refusal().provider_code(), "expired_card");
  EXPECT_EQ(Read(messages[1]).refusal().reason(), Refusal::REASON_ALREADY_COMPENSATED);
  EXPECT_EQ(Read(messages[2]).outcome(), order::v1::STEP_OUTCOME_FAILED);
  EXPECT_EQ(Read(messages[2]).error_message(), "not yet");
  EXPECT_EQ(Read(messages[3]).outcome(), order::v1::STEP_OUTCOME_UNKNOWN);
  EXPECT_EQ(Read(messages[3]).error_message(), "timed out");
}

}  // namespace
}  // namespace orderflow::payment
