// Proves what an action on a saga does to saga and order, what it sends, and when it is refused.

#include "services/order/sagas/saga_action.h"

#include <gmock/gmock.h>

#include <utility>

#include "libs/base/errors.h"
#include "libs/messaging/topics.h"
#include "libs/testing/sequential_ids.h"
#include "libs/testing/status_matchers.h"
#include "services/order/sagas/place_order_saga.h"

namespace orderflow::order {
namespace {

using orderflow::testing::IsOk;
using orderflow::testing::IsOkAndHolds;
using orderflow::testing::StatusIs;
using saga::Outcome;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kOrderId[] = "018f6a9e-7c1b-7d3e-9a5f-0123456789ab";

class SagaActionTest : public ::testing::Test {
 protected:
  SagaActionTest() {
    Order order{.order_id = OrderId(kOrderId),
                .customer_id = CustomerId("c1"),
                .lines = {{Sku("A"), 2, 250}},
                .total = {"EUR", 500},
                .email = "a@example.com",
                .payment_method_token = "tok_approve",
                .cancel_request_id = "",
                .history = {{1, OrderState::kPending, Timestamp(), std::nullopt}}};
    Stored(workflow_.Start(std::move(order), "", context_).aggregate);
  }

  // As reading it back after storing gives it.
  void Stored(OrderAggregate aggregate) {
    aggregate_ = std::move(aggregate);
    ++aggregate_.current.version;
  }
  void Reply(const std::string& step, Outcome outcome, bool compensation = false) {
    WorkflowStep applied{.aggregate = aggregate_, .ended = {}, .messages = {}};
    ASSERT_THAT(workflow_.Apply(applied, aggregate_.current.saga.saga_id,
                                saga::ReplyReceived{step, compensation, outcome, "", "no database"},
                                context_),
                IsOk());
    Stored(std::move(applied.aggregate));
  }
  void CancelByCustomer() {
    auto cancelled = workflow_.Cancel(aggregate_, RequestId("r"), "changed my mind", "", context_);
    ASSERT_THAT(cancelled, IsOk());
    Stored(std::move(cancelled->aggregate));
  }

  absl::StatusOr<DecidedSagaAction> Decide(SagaActionKind kind, const std::string& step = "",
                                           int64_t expected_version = 0) {
    return DecideSagaAction(workflow_, aggregate_,
                            {.request_id = RequestId("r1"),
                             .kind = kind,
                             .actor = "ann",
                             .reason = "ticket 7",
                             .step = step,
                             .evidence = "",
                             .expected_version = expected_version,
                             .validate_only = false},
                            context_);
  }
  void Do(SagaActionKind kind) {
    auto decided = Decide(kind);
    ASSERT_THAT(decided, IsOk());
    Stored(std::move(decided->step.aggregate));
  }

  testing::SequentialIds ids_;
  OrderWorkflow workflow_{ids_};
  saga::EngineContext context_{.now = Timestamp(Duration(1'000'000)), .random01 = 0.5};
  OrderAggregate aggregate_;
};

TEST_F(SagaActionTest, ARetrySendsTheStuckCommandAndSaysSo) {
  Reply(kReserveStockStep, Outcome::kFailed);

  const auto decided = Decide(SagaActionKind::kRetry);

  ASSERT_THAT(decided, IsOk());
  const saga::Command sent{
      .step = kReserveStockStep, .command = "ReserveStock", .compensation = false, .attempt = 1};
  EXPECT_THAT(decided->action.commands, ElementsAre(sent));
  EXPECT_THAT(decided->action.events, IsEmpty()) << "the order's state is the same";
  ASSERT_EQ(decided->step.messages.size(), 1U);
  EXPECT_EQ(decided->step.messages[0].topic, messaging::kInventoryCommands);
  EXPECT_EQ(decided->action.before.saga.saga.steps[0].last_error, "no database");
  EXPECT_EQ(decided->action.after.saga.saga.steps[0].last_error, "");
  EXPECT_EQ(decided->action.before.saga.version, 2);
  EXPECT_EQ(decided->action.after.saga.version, 3);
}

TEST_F(SagaActionTest, AReleaseThatEndsTheSagaSaysWhichEventItSends) {
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);
  Reply(kCapturePaymentStep, Outcome::kDone);
  Do(SagaActionKind::kPark);
  Reply(kCommitReservationStep, Outcome::kDone);

  const auto decided = Decide(SagaActionKind::kUnpark);

  ASSERT_THAT(decided, IsOk());
  EXPECT_THAT(decided->action.commands, IsEmpty());
  EXPECT_EQ(decided->action.after.order_state, OrderState::kConfirmed);
  EXPECT_THAT(decided->action.events, ElementsAre("OrderConfirmed"));
  ASSERT_EQ(decided->step.messages.size(), 1U);
  EXPECT_EQ(decided->step.messages[0].topic, messaging::kOrderEvents);
}

TEST_F(SagaActionTest, IsRefusedAtAnotherVersionThanExpected) {
  Reply(kReserveStockStep, Outcome::kFailed);

  EXPECT_THAT(Decide(SagaActionKind::kRetry, "", 2), IsOk());
  const auto refused = Decide(SagaActionKind::kRetry, "", 1);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(refused.status()).reason, "SAGA_VERSION_CHANGED");
}

TEST_F(SagaActionTest, CompensatingEndsWithTheOrderRejectedAndKeepsTheReasonFromTheCustomer) {
  Reply(kReserveStockStep, Outcome::kDone);

  const auto decided = Decide(SagaActionKind::kCompensate);
  ASSERT_THAT(decided, IsOk());
  ASSERT_EQ(decided->action.commands.size(), 1U);
  EXPECT_EQ(decided->action.commands[0].command, "VoidPayment");
  EXPECT_EQ(decided->action.after.order_state, OrderState::kPending);
  Stored(decided->step.aggregate);
  Reply(kAuthorizePaymentStep, Outcome::kDone, true);
  Reply(kReserveStockStep, Outcome::kDone, true);

  EXPECT_EQ(aggregate_.order.state(), OrderState::kRejected);
  ASSERT_TRUE(aggregate_.order.refusal().has_value());
  EXPECT_EQ(aggregate_.order.refusal()->reason, RefusalReason::kStoppedByOperator);
  EXPECT_EQ(aggregate_.order.refusal()->message, "the order could not be completed");
}

TEST_F(SagaActionTest, CompensatingIsRefusedOnceThePivotHasBegun) {
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);

  const auto refused = Decide(SagaActionKind::kCompensate);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(refused.status()).reason, "SAGA_ACTION_NOT_POSSIBLE");
}

TEST_F(SagaActionTest, ARefundIsNeverCompensated) {
  for (const char* step :
       {kReserveStockStep, kAuthorizePaymentStep, kCapturePaymentStep, kCommitReservationStep}) {
    Reply(step, Outcome::kDone);
  }
  CancelByCustomer();

  EXPECT_THAT(Decide(SagaActionKind::kCompensate), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SagaActionTest, APausedSagaSendsNothingUntilItIsResumed) {
  Do(SagaActionKind::kPause);
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);

  const auto resumed = Decide(SagaActionKind::kResume);

  ASSERT_THAT(resumed, IsOk());
  ASSERT_EQ(resumed->action.commands.size(), 2U);
  EXPECT_EQ(resumed->action.commands[0].command, "CapturePayment");
  EXPECT_EQ(resumed->action.commands[1].command, "CommitReservation");
}

// The customer cancels after the pivot while the saga is paused: resuming ends it and starts the
// saga that gives the money back.
TEST_F(SagaActionTest, ResumingCanEndASagaAndStartTheNextOne) {
  Reply(kReserveStockStep, Outcome::kDone);
  Reply(kAuthorizePaymentStep, Outcome::kDone);
  Reply(kCapturePaymentStep, Outcome::kDone);
  Do(SagaActionKind::kPause);
  CancelByCustomer();
  Reply(kCommitReservationStep, Outcome::kDone);

  const auto resumed = Decide(SagaActionKind::kResume);

  ASSERT_THAT(resumed, IsOk());
  EXPECT_EQ(resumed->action.before.saga.saga.definition, "place_order");
  EXPECT_EQ(resumed->action.after.saga.saga.definition, "cancel_order");
  EXPECT_EQ(resumed->action.after.saga.version, 1);
  ASSERT_EQ(resumed->action.commands.size(), 1U);
  EXPECT_EQ(resumed->action.commands[0].command, "RefundPayment");
}

TEST_F(SagaActionTest, ParkingCountsAsParkedAndUnparkingGoesOn) {
  const auto parked = Decide(SagaActionKind::kPark);
  ASSERT_THAT(parked, IsOk());
  EXPECT_TRUE(parked->step.parked);
  EXPECT_THAT(parked->action.commands, IsEmpty());
  Stored(parked->step.aggregate);

  EXPECT_THAT(Decide(SagaActionKind::kUnpark), IsOk());
  EXPECT_THAT(Decide(SagaActionKind::kResume), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SagaActionTest, NothingIsPossibleWithASagaOfANewerBinary) {
  aggregate_.current.saga.definition_version = 99;

  EXPECT_THAT(Decide(SagaActionKind::kPause), StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(SagaActionTest, TheSameRequestIdIsForTheSameActionOnly) {
  const auto decided = Decide(SagaActionKind::kPause);
  ASSERT_THAT(decided, IsOk());
  SagaActionRequest request = decided->action.request;

  EXPECT_THAT(CheckSameAction(decided->action, request), IsOk());
  request.reason = "another one";
  EXPECT_THAT(CheckSameAction(decided->action, request),
              StatusIs(absl::StatusCode::kAlreadyExists));
}

TEST_F(SagaActionTest, NamesTheCommandThatAStepWaitsFor) {
  const saga::SagaInstance& saga = aggregate_.current.saga;

  EXPECT_THAT(CommandOfStep(saga, kReserveStockStep), IsOkAndHolds(std::string("ReserveStock")));
  CancelByCustomer();
  EXPECT_THAT(CommandOfStep(saga, kAuthorizePaymentStep), IsOkAndHolds(std::string("VoidPayment")));
  EXPECT_THAT(CommandOfStep(saga, "pack"), StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SagaActionKinds, HaveNamesThatAreReadBack) {
  for (const SagaActionKind kind :
       {SagaActionKind::kRetry, SagaActionKind::kSkip, SagaActionKind::kCompensate,
        SagaActionKind::kPause, SagaActionKind::kResume, SagaActionKind::kPark,
        SagaActionKind::kUnpark}) {
    EXPECT_EQ(ParseSagaActionKind(ToString(kind)), kind);
  }
  EXPECT_EQ(ParseSagaActionKind("EXPLODE"), std::nullopt);
}

TEST_F(SagaActionTest, AMoveToAVersionThatThisBinaryDoesNotHaveIsRefused) {
  const auto refused = DecideSagaAction(workflow_, aggregate_,
                                        {.request_id = RequestId("r1"),
                                         .kind = SagaActionKind::kMigrate,
                                         .actor = "ann",
                                         .reason = "ticket 7",
                                         .step = "",
                                         .evidence = "",
                                         .to_version = 99},
                                        context_);

  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(DetailsOf(refused.status()).reason, "SAGA_ACTION_NOT_POSSIBLE");
}

// As a later release does, which has a version with one step more.
TEST_F(SagaActionTest, AMovedSagaGoesOnInTheOtherVersionAndSendsWhatHasBecomePossible) {
  saga::SagaDefinition later = PlaceOrderSaga();
  ++later.version;
  later.steps.insert(later.steps.begin(), later.steps.front());
  later.steps.front().name = "reserve_gift";
  WorkflowStep step{.aggregate = aggregate_, .ended = {}, .messages = {}};

  ASSERT_THAT(workflow_.Migrate(step, later, context_), IsOk());

  EXPECT_TRUE(step.saga_changed);
  EXPECT_EQ(step.aggregate.current.saga.definition_version, later.version);
  ASSERT_EQ(step.commands.size(), 1U);
  EXPECT_EQ(step.commands[0].step, "reserve_gift");
  EXPECT_EQ(step.messages.size(), 1U);
}

}  // namespace
}  // namespace orderflow::order
