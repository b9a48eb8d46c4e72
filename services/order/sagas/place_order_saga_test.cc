// The specification of the place_order saga: every path through it, as scripts against the
// production engine.

#include "services/order/sagas/place_order_saga.h"

#include <gtest/gtest.h>

#include "libs/testing/saga_script.h"
#include "services/order/sagas/saga_definitions.h"

namespace orderflow::order {
namespace {

using saga::SagaState;
using saga::StepState;
using std::chrono::seconds;
using testing::Done;
using testing::Failed;
using testing::Refused;
using testing::SagaScript;
using testing::Unknown;

TEST(PlaceOrderSaga, DefinitionsAreSound) {
  EXPECT_TRUE(LintSagaDefinitions().ok()) << LintSagaDefinitions();
}

TEST(PlaceOrderSaga, ReservesAndAuthorizesInParallelThenCapturesThenCommits) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment")
      .Reply(kCapturePaymentStep, Done())
      .ExpectCommands("CommitReservation")
      .Reply(kCommitReservationStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted)
      .ExpectNoNextAction();
}

TEST(PlaceOrderSaga, DoesNotCareWhichOfTheParallelStepsEndsFirst) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectNothing()
      .Reply(kReserveStockStep, Done())
      .ExpectCommands("CapturePayment");
}

TEST(PlaceOrderSaga, ReleasesTheStockWhenThePaymentIsDeclined) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Refused("declined"))
      .ExpectCompensations("ReleaseStock")
      .ExpectState(SagaState::kCompensating)
      .ExpectStep(kCapturePaymentStep, StepState::kSkipped)
      .ReplyToCompensation(kReserveStockStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("declined");
}

TEST(PlaceOrderSaga, UndoesAnAuthorizationThatIsStillOpenWhenStockIsShort) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Refused("out of stock"))
      .ExpectCompensations("VoidPayment")
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectUnchanged()
      .ReplyToCompensation(kAuthorizePaymentStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("out of stock");
}

TEST(PlaceOrderSaga, UndoesBothInReverseOrderWhenTheCaptureIsRefused) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment")
      .Reply(kCapturePaymentStep, Refused("hold expired"))
      .ExpectCompensations("VoidPayment")
      .ReplyToCompensation(kAuthorizePaymentStep, Done())
      .ExpectCompensations("ReleaseStock")
      .ReplyToCompensation(kReserveStockStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated);
}

TEST(PlaceOrderSaga, CancelBeforeTheCaptureUndoesWhatWasDone) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Cancel("changed my mind")
      .ExpectCompensations("VoidPayment")
      .ReplyToCompensation(kAuthorizePaymentStep, Done())
      .ExpectCompensations("ReleaseStock")
      .ReplyToCompensation(kReserveStockStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("changed my mind");
}

TEST(PlaceOrderSaga, CannotBeCancelledOnceTheCaptureIsUnderWay) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment")
      .CancelIsRefused();
}

TEST(PlaceOrderSaga, AsksAgainWhenTheProviderLeavesTheOutcomeOpen) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Unknown("provider timed out"))
      .ExpectNothing()
      .ExpectStep(kAuthorizePaymentStep, StepState::kUnknown)
      .AdvanceTime(seconds(120))
      .ExpectCommands("AuthorizePayment")
      .ExpectAttempt(2)
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment");
}

TEST(PlaceOrderSaga, RetriesTheCommitAfterThePivotAndNeverUndoesIt) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment")
      .Reply(kCapturePaymentStep, Done())
      .ExpectCommands("CommitReservation")
      .Reply(kCommitReservationStep, Failed("reservation expired, no stock left"))
      .ExpectNothing()
      .AdvanceTime(seconds(60))
      .ExpectCommands("CommitReservation")
      .ExpectAttempt(2)
      .Reply(kCommitReservationStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted);
}

TEST(PlaceOrderSaga, ParksWhenInventoryStaysSilentAndGoesOnWhenItAnswers) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectNothing()
      .RunOutOfTime()
      .ExpectState(SagaState::kNeedsAttention)
      .ExpectNoNextAction()
      .Reply(kReserveStockStep, Done())
      .ExpectCommands("CapturePayment")
      .ExpectState(SagaState::kRunning);
}

// The longest that a step goes on by itself: every attempt unanswered and every delay at its most.
Duration Bound(const saga::RetryPolicy& retry) {
  Duration bound{0};
  for (int attempt = 1; attempt <= retry.attempts_max; ++attempt) {
    bound += retry.reply_timeout + BackoffDelay(retry.backoff, attempt, 1.0);
  }
  return bound;
}

TEST(PlaceOrderSaga, ParksBeforeAReservationExpires) {
  // The default of ORDERFLOW_INVENTORY_RESERVATION_TTL_MS (services/inventory/config.cc).
  constexpr Duration kReservationTtl = std::chrono::hours(24);

  Duration bound{0};
  for (const saga::StepDefinition& step : PlaceOrderSaga().steps) {
    bound += Bound(step.retry);  // as if no step ran in parallel
  }

  EXPECT_LT(bound, kReservationTtl);
}

}  // namespace
}  // namespace orderflow::order
