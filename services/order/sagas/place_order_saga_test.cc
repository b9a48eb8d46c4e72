// The specification of the place_order saga: every path through it, as scripts against the
// production engine.

#include "services/order/sagas/place_order_saga.h"

#include <gtest/gtest.h>

#include "libs/saga/engine.h"
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

TEST(PlaceOrderSaga, ReservesAndAuthorizesInParallelThenCapturesAndCommitsInParallel) {
  SagaScript(PlaceOrderSaga())
      .Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment", "CommitReservation")
      .Reply(kCommitReservationStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kRunning)
      .Reply(kCapturePaymentStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted)
      .ExpectNoNextAction();
}

TEST(PlaceOrderSaga, OfVersion1CommitsAfterTheCapture) {
  SagaScript(PlaceOrderSagaVersion1())
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
      .ExpectCommands("CapturePayment", "CommitReservation");
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

SagaScript& UntilCapture(SagaScript& script) {
  return script.Start()
      .ExpectCommands("ReserveStock", "AuthorizePayment")
      .Reply(kReserveStockStep, Done())
      .ExpectNothing()
      .Reply(kAuthorizePaymentStep, Done())
      .ExpectCommands("CapturePayment", "CommitReservation");
}

TEST(PlaceOrderSaga, UndoesAllInReverseOrderWhenTheCaptureIsRefused) {
  SagaScript script(PlaceOrderSaga());

  UntilCapture(script)
      .Reply(kCommitReservationStep, Done())
      .ExpectNothing()
      .Reply(kCapturePaymentStep, Refused("hold expired"))
      .ExpectCompensations("Restock")
      .ReplyToCompensation(kCommitReservationStep, Done())
      .ExpectCompensations("VoidPayment")
      .ReplyToCompensation(kAuthorizePaymentStep, Done())
      .ExpectCompensations("ReleaseStock")
      .ReplyToCompensation(kReserveStockStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompensated)
      .ExpectRefusal("hold expired");
}

TEST(PlaceOrderSaga, RestocksACommitThatIsStillOpenWhenTheCaptureIsRefused) {
  SagaScript script(PlaceOrderSaga());

  UntilCapture(script)
      .Reply(kCapturePaymentStep, Refused("hold expired"))
      .ExpectCompensations("Restock")
      .Reply(kCommitReservationStep, Done())
      .ExpectUnchanged()
      .ReplyToCompensation(kCommitReservationStep, Done())
      .ExpectCompensations("VoidPayment");
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
  SagaScript script(PlaceOrderSaga());

  UntilCapture(script).CancelIsRefused();
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
      .ExpectCommands("CapturePayment", "CommitReservation");
}

TEST(PlaceOrderSaga, RetriesTheCommitOfAPaidOrderAndNeverUndoesIt) {
  SagaScript script(PlaceOrderSaga());

  UntilCapture(script)
      .Reply(kCapturePaymentStep, Done())
      .ExpectNothing()
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
      .ExpectCommands("CapturePayment", "CommitReservation")
      .ExpectState(SagaState::kRunning);
}

// What a person can do with the sagas of version 1 that are still under way.
TEST(PlaceOrderSaga, OfVersion1CommitsAtOnceWhenItIsMovedWhileItCaptures) {
  const saga::EngineContext context{.now = Timestamp(Duration(1'000'000)), .random01 = 0.5};
  saga::SagaInstance saga =
      saga::Engine::Start(PlaceOrderSagaVersion1(), SagaId("s"), OrderId("o"), context).saga;
  for (const char* step : {kReserveStockStep, kAuthorizePaymentStep}) {
    saga::ReplyReceived reply;
    reply.step = step;
    saga = saga::Engine::Apply(PlaceOrderSagaVersion1(), saga, reply, context)->saga;
  }

  const auto moved =
      saga::Engine::Migrate(PlaceOrderSagaVersion1(), PlaceOrderSaga(), saga, context);

  ASSERT_TRUE(moved.ok()) << moved.status();
  ASSERT_EQ(moved->commands.size(), 1u);
  EXPECT_EQ(moved->commands[0].command, "CommitReservation");
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
