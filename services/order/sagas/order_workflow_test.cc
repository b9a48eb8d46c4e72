// Proves what the ends of sagas mean for orders, which messages go out, and when a cancel is taken:
// the joint between order and saga that API, replies and timers share.

#include "services/order/sagas/order_workflow.h"

#include <gtest/gtest.h>

#include "libs/base/errors.h"
#include "libs/messaging/topics.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"
#include "orderflow/inventory/v1/inventory_commands.pb.h"
#include "orderflow/order/v1/order_events.pb.h"
#include "orderflow/payment/v1/payment_commands.pb.h"
#include "services/order/sagas/cancel_order_saga.h"
#include "services/order/sagas/order_event_message.h"
#include "services/order/sagas/place_order_saga.h"
#include "services/order/sagas/refusal_codec.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::StatusIs;
using saga::Outcome;

constexpr char kOrderId[] = "018f6a9e-7c1b-7d3e-9a5f-0123456789ab";
constexpr char kTraceparent[] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

Order AnOrder() {
  return {.order_id = OrderId(kOrderId),
          .customer_id = CustomerId("c1"),
          .lines = {{Sku("A"), 2, 250}},
          .total = {"EUR", 500},
          .email = "a@example.com",
          .payment_method_token = "tok_approve",
          .cancel_request_id = "",
          .history = {{1, OrderState::kPending, Timestamp(), std::nullopt}}};
}

class OrderWorkflowTest : public ::testing::Test {
 protected:
  OrderWorkflowTest() { Take(workflow_.Start(AnOrder(), kTraceparent, context_)); }

  // Goes on from a step, and keeps what it sent.
  void Take(WorkflowStep step) {
    step_ = std::move(step);
    aggregate_ = step_.aggregate;
    topics_.clear();
    for (const auto& message : step_.messages) {
      topics_.push_back(message.topic);
    }
  }

  void Reply(const std::string& name, Outcome outcome, bool compensation = false,
             const std::string& refusal = "") {
    Apply(saga::ReplyReceived{name, compensation, outcome, refusal, ""}, context_);
  }

  void Apply(const saga::Event& event, const saga::EngineContext& context) {
    WorkflowStep step{.aggregate = aggregate_, .ended = {}, .messages = {}};
    ASSERT_THAT(workflow_.Apply(step, aggregate_.current.saga.saga_id, event, context), IsOk());
    Take(std::move(step));
  }

  absl::Status Cancel(const std::string& request_id) {
    auto step = workflow_.Cancel(aggregate_, RequestId(request_id), "changed my mind", kTraceparent,
                                 context_);
    if (!step.ok()) {
      return step.status();
    }
    Take(*std::move(step));
    return absl::OkStatus();
  }

  void Confirm() {
    Reply(kReserveStockStep, Outcome::kDone);
    Reply(kAuthorizePaymentStep, Outcome::kDone);
    Reply(kCapturePaymentStep, Outcome::kDone);
    Reply(kCommitReservationStep, Outcome::kDone);
  }

  v1::OrderEvent LastEvent() {
    v1::OrderEvent event;
    EXPECT_EQ(topics_.back(), messaging::kOrderEvents);
    EXPECT_TRUE(event.ParseFromString(step_.messages.back().payload));
    const auto* kind = event.GetReflection()->GetOneofFieldDescriptor(
        event, event.GetDescriptor()->FindOneofByName("event"));
    EXPECT_EQ(EventName(step_.aggregate.order.state()), kind->message_type()->name());
    return event;
  }

  const saga::EngineContext context_{.now = Timestamp(Duration(1'000'000)), .random01 = 0.5};
  testing::SequentialIds ids_;
  OrderWorkflow workflow_{ids_};
  WorkflowStep step_;
  OrderAggregate aggregate_;
  std::vector<std::string> topics_;
};

TEST_F(OrderWorkflowTest, APausedStepOfAnyOrderIsNotSentUntilItIsResumed) {
  workflow_.SetPausedSteps({{{kPlaceOrder, kCapturePaymentStep}, context_.now},
                            {{kCancelOrder, "restock"}, context_.now}});
  Reply(kReserveStockStep, Outcome::kDone);

  Reply(kAuthorizePaymentStep, Outcome::kDone);

  EXPECT_EQ(topics_, std::vector<std::string>{messaging::kInventoryCommands}) << "the commit";
  Reply(kCommitReservationStep, Outcome::kDone);
  workflow_.SetPausedSteps({});
  Apply(saga::TimerFired{},
        {.now = context_.now + 2 * saga::kPausedStepIntervalMin, .random01 = 0});
  EXPECT_EQ(topics_, std::vector<std::string>{messaging::kPaymentCommands});
}

TEST_F(OrderWorkflowTest, StartSendsBothFirstCommandsAndTheEvent) {
  EXPECT_EQ(topics_,
            (std::vector<std::string>{messaging::kInventoryCommands, messaging::kPaymentCommands,
                                      messaging::kOrderEvents}));
  inventory::v1::InventoryCommand reserve;
  ASSERT_TRUE(reserve.ParseFromString(step_.messages[0].payload));
  EXPECT_EQ(reserve.reserve_stock().lines(0).sku(), "A");
  EXPECT_EQ(reserve.reserve_stock().lines(0).quantity(), 2);
  EXPECT_EQ(reserve.step().step(), kReserveStockStep);
  payment::v1::PaymentCommand authorize;
  ASSERT_TRUE(authorize.ParseFromString(step_.messages[1].payload));
  EXPECT_EQ(authorize.authorize_payment().amount().amount_minor(), 500);
  EXPECT_EQ(authorize.authorize_payment().payment_method_token(), "tok_approve");
  EXPECT_EQ(LastEvent().order_placed().items_size(), 1);
}

TEST_F(OrderWorkflowTest, WhatAnEventCausesNamesItAndWhatNothingCausedTheSaga) {
  constexpr char kHandling[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-1111111111111111-01";
  Reply(kReserveStockStep, Outcome::kDone);
  WorkflowStep caused{.aggregate = aggregate_, .ended = {}, .messages = {}, .cause = kHandling};
  WorkflowStep not_caused{.aggregate = aggregate_, .ended = {}, .messages = {}};
  const saga::ReplyReceived authorized{kAuthorizePaymentStep, false, Outcome::kDone, "", ""};
  const SagaId saga_id = aggregate_.current.saga.saga_id;

  ASSERT_THAT(workflow_.Apply(caused, saga_id, authorized, context_), IsOk());
  ASSERT_THAT(workflow_.Apply(not_caused, saga_id, authorized, context_), IsOk());

  ASSERT_EQ(caused.messages.size(), 2u);
  EXPECT_EQ(caused.messages[0].traceparent, kHandling);
  EXPECT_EQ(caused.messages[1].traceparent, kHandling);
  EXPECT_EQ(caused.aggregate.current.traceparent, kTraceparent);
  ASSERT_EQ(not_caused.messages.size(), 2u);
  EXPECT_EQ(not_caused.messages[0].traceparent, kTraceparent);
  EXPECT_EQ(not_caused.messages[1].traceparent, kTraceparent);
}

TEST_F(OrderWorkflowTest, WhatACancelCausesNamesTheCancel) {
  constexpr char kCancel[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-2222222222222222-01";
  const auto cancelled =
      workflow_.Cancel(aggregate_, RequestId("r"), "changed my mind", kCancel, context_);

  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  ASSERT_FALSE(cancelled->messages.empty());
  for (const auto& message : cancelled->messages) {
    EXPECT_EQ(message.traceparent, kCancel);
  }
}

TEST_F(OrderWorkflowTest, EveryMessageHasItsOwnIdTheOrdersKeyAndTheTrace) {
  std::set<std::string> ids;
  for (const auto& message : step_.messages) {
    ids.insert(message.message_id);
    EXPECT_EQ(message.key, kOrderId);
    EXPECT_EQ(message.traceparent, kTraceparent);
  }
  EXPECT_EQ(ids.size(), step_.messages.size());
}

TEST_F(OrderWorkflowTest, ConfirmsTheOrderWhenItsSagaCompletes) {
  Confirm();

  EXPECT_EQ(aggregate_.order.state(), OrderState::kConfirmed);
  EXPECT_TRUE(LastEvent().has_order_confirmed());
  EXPECT_EQ(LastEvent().sequence(), 2);
}

TEST_F(OrderWorkflowTest, RejectsTheOrderWithTheFirstRefusalOnceEverythingIsUndone) {
  const Refusal short_stock{RefusalReason::kOutOfStock, "not enough stock", {"A"}, ""};
  Reply(kReserveStockStep, Outcome::kRefused, false, EncodeRefusal(short_stock));
  EXPECT_EQ(aggregate_.order.state(), OrderState::kPending);

  Reply(kAuthorizePaymentStep, Outcome::kDone, true);

  EXPECT_EQ(aggregate_.order.state(), OrderState::kRejected);
  EXPECT_EQ(aggregate_.order.refusal(), short_stock);
  EXPECT_EQ(LastEvent().order_rejected().refusal().skus(0), "A");
}

TEST_F(OrderWorkflowTest, CancelBeforeThePivotCompensatesAndCancels) {
  ASSERT_THAT(Cancel("r1"), IsOk());
  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelling);
  EXPECT_EQ(aggregate_.current.saga.state, saga::SagaState::kCompensating);

  Reply(kAuthorizePaymentStep, Outcome::kDone, true);
  Reply(kReserveStockStep, Outcome::kDone, true);

  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelled);
  EXPECT_FALSE(LastEvent().order_cancelled().refunded());
}

TEST_F(OrderWorkflowTest, CancelDuringTheCaptureIsCarriedOutWhenTheSagaHasCompleted) {
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);
  ASSERT_THAT(Cancel("r1"), IsOk());
  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelling);
  EXPECT_EQ(aggregate_.current.saga.state, saga::SagaState::kRunning);

  Reply(kCapturePaymentStep, Outcome::kDone);
  Reply(kCommitReservationStep, Outcome::kDone);

  EXPECT_EQ(aggregate_.current.saga.definition, kCancelOrder);
  ASSERT_EQ(step_.ended.size(), 1u);
  EXPECT_EQ(step_.ended[0].saga.state, saga::SagaState::kCompleted);
  EXPECT_EQ(topics_, std::vector<std::string>{messaging::kPaymentCommands});
  Reply(kRefundPaymentStep, Outcome::kDone);
  Reply(kRestockStep, Outcome::kDone);
  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelled);
  EXPECT_TRUE(LastEvent().order_cancelled().refunded());
}

TEST_F(OrderWorkflowTest, CancelOfAConfirmedOrderRefundsAndRestocks) {
  Confirm();

  ASSERT_THAT(Cancel("r1"), IsOk());
  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelling);
  EXPECT_EQ(aggregate_.current.saga.definition, kCancelOrder);
  EXPECT_EQ(aggregate_.current.version, 0);
  Reply(kRefundPaymentStep, Outcome::kDone);
  Reply(kRestockStep, Outcome::kDone);

  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelled);
  EXPECT_EQ(aggregate_.order.refusal()->reason, RefusalReason::kCancelledByCustomer);
  EXPECT_EQ(aggregate_.order.refusal()->message, "changed my mind");
}

// The version of the saga's row tells who has read the order before that it is another one now.
TEST_F(OrderWorkflowTest, ACancelThatTheSagaDoesNotTakeInChangesItsRowAllTheSame) {
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);
  const saga::SagaInstance capturing = aggregate_.current.saga;

  ASSERT_THAT(Cancel("r1"), IsOk());

  EXPECT_TRUE(step_.order_changed);
  EXPECT_TRUE(step_.saga_changed);
  EXPECT_EQ(aggregate_.current.saga, capturing);
}

TEST_F(OrderWorkflowTest, TheSameCancelAgainChangesNothing) {
  ASSERT_THAT(Cancel("r1"), IsOk());

  ASSERT_THAT(Cancel("r1"), IsOk());

  EXPECT_FALSE(step_.order_changed);
  EXPECT_FALSE(step_.saga_changed);
  EXPECT_TRUE(step_.messages.empty());
}

TEST_F(OrderWorkflowTest, TheSameCancelIdWithAnotherReasonIsRefused) {
  ASSERT_THAT(Cancel("r1"), IsOk());

  const auto step =
      workflow_.Cancel(aggregate_, RequestId("r1"), "another reason", kTraceparent, context_);

  EXPECT_THAT(step, StatusIs(absl::StatusCode::kAlreadyExists));
  EXPECT_EQ(DetailsOf(step.status()).reason, "REQUEST_ID_REUSED");
}

TEST_F(OrderWorkflowTest, ARefusedRefundOfAConfirmedOrderIsAskedForAgainUntilTheSagaParks) {
  Confirm();
  ASSERT_THAT(Cancel("r1"), IsOk());
  saga::EngineContext context = context_;
  int refunds = 0;

  while (aggregate_.current.saga.state == saga::SagaState::kRunning && refunds < 1000) {
    ++refunds;
    Apply(saga::ReplyReceived{kRefundPaymentStep, false, Outcome::kRefused, "", "never captured"},
          context);
    EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelling);
    context.now += std::chrono::hours(1);
    Apply(saga::TimerFired{}, context);
  }

  const saga::StepInstance& refund = aggregate_.current.saga.steps[0];
  EXPECT_EQ(aggregate_.current.saga.state, saga::SagaState::kNeedsAttention);
  EXPECT_EQ(refunds, CancelOrderSaga().steps[0].retry.attempts_max);
  EXPECT_EQ(refund.last_error,
            "the refund of a confirmed order was refused: never captured; compare payment and "
            "ledger");
  EXPECT_EQ(aggregate_.order.state(), OrderState::kCancelling) << "a person decides";
}

TEST_F(OrderWorkflowTest, TellsOnceThatTheSagaHasParked) {
  Confirm();
  ASSERT_THAT(Cancel("r1"), IsOk());
  Reply(kRefundPaymentStep, Outcome::kDone);

  Reply(kRestockStep, Outcome::kRefused);
  EXPECT_TRUE(step_.parked);

  Reply(kRestockStep, Outcome::kRefused);
  EXPECT_FALSE(step_.parked);
}

TEST_F(OrderWorkflowTest, AnotherCancelIsRefusedWithTheState) {
  ASSERT_THAT(Cancel("r1"), IsOk());

  const absl::Status status = Cancel("r2");

  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(status).reason, "ORDER_NOT_CANCELLABLE");
  EXPECT_EQ(DetailsOf(status).metadata.at("state"), "CANCELLING");
}

TEST_F(OrderWorkflowTest, LeavesASagaOfANewerDefinitionToANewerBinary) {
  aggregate_.current.saga.definition_version = 99;
  WorkflowStep step{.aggregate = aggregate_, .ended = {}, .messages = {}};

  EXPECT_THAT(workflow_.Apply(step, aggregate_.current.saga.saga_id,
                              saga::ReplyReceived{kReserveStockStep, false, Outcome::kDone, "", ""},
                              context_),
              StatusIs(absl::StatusCode::kUnimplemented));
  EXPECT_THAT(Cancel("r1"), StatusIs(absl::StatusCode::kUnavailable));
}

TEST_F(OrderWorkflowTest, AReplyForAFormerSagaChangesNothing) {
  const SagaId former = aggregate_.current.saga.saga_id;
  Confirm();
  ASSERT_THAT(Cancel("r1"), IsOk());

  WorkflowStep step{.aggregate = aggregate_, .ended = {}, .messages = {}};
  const absl::Status status = workflow_.Apply(
      step, former, saga::ReplyReceived{kCapturePaymentStep, false, Outcome::kDone, "", ""},
      context_);

  ASSERT_THAT(status, IsOk());
  EXPECT_FALSE(step.saga_changed);
}

}  // namespace
}  // namespace orderflow::order
