// The specification of the cancel_order saga, as scripts against the production engine.

#include "services/order/sagas/cancel_order_saga.h"

#include <gtest/gtest.h>

#include "libs/testing/saga_script.h"

namespace orderflow::order {
namespace {

using saga::SagaState;
using std::chrono::seconds;
using testing::Done;
using testing::Failed;
using testing::Refused;
using testing::SagaScript;
using testing::Unknown;

TEST(CancelOrderSaga, RefundsThenRestocks) {
  SagaScript(CancelOrderSaga())
      .Start()
      .ExpectCommands("RefundPayment")
      .Reply(kRefundPaymentStep, Done())
      .ExpectCommands("Restock")
      .Reply(kRestockStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted);
}

TEST(CancelOrderSaga, AsksAgainForARefundWhoseOutcomeIsOpen) {
  SagaScript(CancelOrderSaga())
      .Start()
      .ExpectCommands("RefundPayment")
      .Reply(kRefundPaymentStep, Unknown("provider timed out"))
      .ExpectNothing()
      .AdvanceTime(seconds(120))
      .ExpectCommands("RefundPayment")
      .Reply(kRefundPaymentStep, Done())
      .ExpectCommands("Restock");
}

TEST(CancelOrderSaga, ParksWhenTheRefundFailsUntilItIsOutOfAttempts) {
  SagaScript script(CancelOrderSaga());
  script.Start().ExpectCommands("RefundPayment");
  for (int attempt = 2; attempt <= CancelOrderSaga().steps[0].retry.attempts_max; ++attempt) {
    script.Reply(kRefundPaymentStep, Failed("nothing of the order is captured"))
        .ExpectNothing()
        .AdvanceTime(seconds(60))
        .ExpectCommands("RefundPayment");
  }

  script.Reply(kRefundPaymentStep, Failed("nothing of the order is captured"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention);
}

TEST(CancelOrderSaga, RetriesTheRestockUntilItSucceeds) {
  SagaScript(CancelOrderSaga())
      .Start()
      .ExpectCommands("RefundPayment")
      .Reply(kRefundPaymentStep, Done())
      .ExpectCommands("Restock")
      .Reply(kRestockStep, Failed("its commit must come first"))
      .ExpectNothing()
      .AdvanceTime(seconds(60))
      .ExpectCommands("Restock")
      .Reply(kRestockStep, Done())
      .ExpectNothing()
      .ExpectState(SagaState::kCompleted);
}

TEST(CancelOrderSaga, ParksWhenTheRestockIsRefusedBecauseTheRefundStands) {
  SagaScript(CancelOrderSaga())
      .Start()
      .ExpectCommands("RefundPayment")
      .Reply(kRefundPaymentStep, Done())
      .ExpectCommands("Restock")
      .Reply(kRestockStep, Refused("nothing was sold"))
      .ExpectNothing()
      .ExpectState(SagaState::kNeedsAttention);
}

}  // namespace
}  // namespace orderflow::order
