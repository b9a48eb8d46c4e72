// Proves what the rules of the reconciler do to a payment: a hold that nobody wants is voided, a
// capture that nobody knew of goes to the ledger and back to the customer, and no saga is answered
// wrongly on the way.
#include "services/payment/domain/repair_decisions.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

#include "services/payment/domain/payment_batch.h"

namespace orderflow::payment {
namespace {

const OrderId kOrder("0190e000-0000-7000-8000-000000000001");
const Money kAmount{"EUR", 4200};
const DecisionPolicy kPolicy{};
constexpr auto kStartBefore = std::chrono::steady_clock::time_point::max();

StepRef Step(const std::string& name) {
  return {SagaId("0190e000-0000-7000-8000-0000000000aa"), name, name == "void", 1, ""};
}

Payment Stored(PaymentState state) {
  Payment payment;
  payment.order_id = kOrder;
  payment.amount = kAmount;
  payment.state = state;
  payment.version = 7;
  return payment;
}

Operation Op(OperationKind kind, OperationState state) {
  Operation operation;
  operation.kind = kind;
  operation.state = state;
  operation.asked_by = Step(kind == OperationKind::kVoid ? "void" : "capture");
  return operation;
}

Difference Found(Remedy remedy, OperationKind kind, int64_t version = 7) {
  Difference difference;
  difference.payment_reference = kOrder.value();
  difference.kind = kind;
  difference.remedy = remedy;
  difference.payment_version = version;
  difference.entry =
      BookEntry{.reference = "ref", .kind = kind, .succeeded = true, .amount = kAmount};
  return difference;
}

CallOutcome Succeeded(OperationKind kind) {
  return {.order_id = kOrder,
          .kind = kind,
          .verdict = Verdict::kSucceeded,
          .provider_reference = "ref",
          .calls = 1};
}

// A batch over one stored payment, or none.
PaymentBatch BatchOf(const std::optional<Payment>& payment) {
  Payments stored;
  if (payment.has_value()) {
    stored[kOrder] = *payment;
  }
  return {std::move(stored), kPolicy};
}

TEST(OnDifference, HoldWithoutAPaymentGetsOneThatIsVoided) {
  PaymentBatch batch = BatchOf(std::nullopt);

  ASSERT_TRUE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize, 0), 0.5));
  batch.Apply(
      PaymentCommand{kOrder, Step("authorize"), AuthorizeCommand{kAmount, "tok", CustomerId("c")}});
  const std::vector<ProviderCall> calls = batch.TakeCalls(kStartBefore);
  batch.Apply(Succeeded(OperationKind::kVoid), 0.5);

  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].idempotency_key, kOrder.value() + ":VOID");
  ASSERT_EQ(batch.replies().size(), 1u) << "nobody waits for the void";
  EXPECT_EQ(batch.replies()[0].refusal, RefusalReason::kAlreadyCompensated)
      << "an authorization that comes late is refused";
  const Payment after = batch.TakeChanges().at(0).after;
  EXPECT_EQ(after.state, PaymentState::kVoided);
  EXPECT_EQ(after.amount, kAmount);
}

TEST(OnDifference, TombstoneAdoptsTheHold) {
  Payment tombstone = Stored(PaymentState::kVoided);
  tombstone.amount = {};
  PaymentBatch batch = BatchOf(tombstone);

  ASSERT_TRUE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize), 0.5));

  const Payment after = batch.TakeChanges().at(0).after;
  EXPECT_EQ(after.state, PaymentState::kVoiding);
  EXPECT_EQ(after.amount, kAmount);
  ASSERT_NE(FindOperation(after, OperationKind::kAuthorize), nullptr);
  EXPECT_EQ(FindOperation(after, OperationKind::kAuthorize)->state, OperationState::kSucceeded);
}

TEST(OnDifference, DeclinedPaymentIsVoidedWithoutItsDeclineCode) {
  Payment declined = Stored(PaymentState::kDeclined);
  declined.decline_code = "invalid_request";
  declined.operations = {Op(OperationKind::kAuthorize, OperationState::kDeclined)};
  PaymentBatch batch = BatchOf(declined);

  ASSERT_TRUE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize), 0.5));

  const Payment after = batch.TakeChanges().at(0).after;
  EXPECT_EQ(after.state, PaymentState::kVoiding);
  EXPECT_EQ(after.decline_code, "");
}

TEST(OnDifference, CaptureAfterWeGaveUpIsBookedAndRefundedAndAnswersTheVoid) {
  Payment payment = Stored(PaymentState::kVoiding);
  payment.operations = {Op(OperationKind::kAuthorize, OperationState::kSucceeded),
                        Op(OperationKind::kCapture, OperationState::kDeclined),
                        Op(OperationKind::kVoid, OperationState::kUnknown)};
  PaymentBatch batch = BatchOf(payment);

  ASSERT_TRUE(batch.Apply(Found(Remedy::kRefundCapture, OperationKind::kCapture), 0.5));
  batch.Apply(PaymentCommand{kOrder, Step("void"), VoidCommand{}});  // asks again, and waits
  EXPECT_TRUE(batch.replies().empty());
  batch.Apply(Succeeded(OperationKind::kVoid), 0.5);  // late: changes nothing
  batch.Apply(Succeeded(OperationKind::kRefund), 0.5);
  batch.Apply(PaymentCommand{kOrder, Step("void"), VoidCommand{}});

  EXPECT_EQ(batch.TakeChanges().at(0).after.state, PaymentState::kRefunded);
  ASSERT_EQ(batch.transfers().size(), 2u);
  EXPECT_EQ(batch.transfers()[0], CaptureTransfer(kOrder, kAmount));
  EXPECT_EQ(batch.transfers()[1], RefundTransfer(kOrder, kAmount));
  ASSERT_EQ(batch.replies().size(), 2u);
  for (const StepReply& reply : batch.replies()) {
    EXPECT_EQ(reply, Done(kOrder, Step("void")));
  }
}

TEST(OnDifference, VoidOfACaptureThatWeKnowIsStillRefused) {
  Payment payment = Stored(PaymentState::kRefunded);
  payment.operations = {Op(OperationKind::kAuthorize, OperationState::kSucceeded),
                        Op(OperationKind::kCapture, OperationState::kSucceeded),
                        Op(OperationKind::kRefund, OperationState::kSucceeded)};
  PaymentBatch batch = BatchOf(payment);

  batch.Apply(PaymentCommand{kOrder, Step("void"), VoidCommand{}});

  EXPECT_EQ(batch.replies().at(0).outcome, ReplyOutcome::kRefused);
}

TEST(OnDifference, OutcomeIsStoredAsIfTheProviderHadBeenAsked) {
  Payment payment = Stored(PaymentState::kCapturing);
  payment.operations = {Op(OperationKind::kCapture, OperationState::kUnknown)};
  PaymentBatch batch = BatchOf(payment);

  ASSERT_TRUE(batch.Apply(Found(Remedy::kStoreOutcome, OperationKind::kCapture), 0.5));

  EXPECT_EQ(batch.TakeChanges().at(0).after.state, PaymentState::kCaptured);
  EXPECT_EQ(batch.transfers().size(), 1u);
  EXPECT_EQ(batch.replies().at(0), Done(kOrder, Step("capture")));
}

TEST(OnDifference, SendingAgainAsksFirstAndChangesNothing) {
  Payment payment = Stored(PaymentState::kVoided);
  payment.operations = {Op(OperationKind::kVoid, OperationState::kSucceeded)};
  PaymentBatch batch = BatchOf(payment);

  ASSERT_TRUE(batch.Apply(Found(Remedy::kSendAgain, OperationKind::kVoid), 0.5));

  const std::vector<ProviderCall> calls = batch.TakeCalls(kStartBefore);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_TRUE(calls[0].ask_first);
  EXPECT_TRUE(batch.TakeChanges().empty());
}

TEST(OnDifference, PaymentThatHasChangedSinceIsLeftAlone) {
  PaymentBatch batch = BatchOf(Stored(PaymentState::kVoided));

  EXPECT_FALSE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize, 6), 0.5));
  EXPECT_FALSE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize, 0), 0.5));
  EXPECT_FALSE(batch.Apply(Found(Remedy::kPark, OperationKind::kAuthorize), 0.5));
  EXPECT_TRUE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize), 0.5));
  EXPECT_FALSE(batch.Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize), 0.5))
      << "one rule at a time";
}

TEST(OnDifference, SaysWhatEachRuleChangesAndSends) {
  const std::string key = kOrder.value() + ":";
  EXPECT_EQ(BatchOf(std::nullopt)
                .Apply(Found(Remedy::kVoidHold, OperationKind::kAuthorize, 0), 0.5)
                .value_or(""),
            "payment none -> VOIDING; AUTHORIZE none -> SUCCEEDED; VOID none -> REQUESTED; sends "
            "VOID under the key '" +
                key + "VOID'");

  Payment captured = Stored(PaymentState::kVoiding);
  captured.operations = {Op(OperationKind::kCapture, OperationState::kDeclined),
                         Op(OperationKind::kVoid, OperationState::kUnknown)};
  EXPECT_EQ(BatchOf(captured)
                .Apply(Found(Remedy::kRefundCapture, OperationKind::kCapture), 0.5)
                .value_or(""),
            "payment VOIDING -> REFUNDING; VOID UNKNOWN -> DECLINED; REFUND none -> REQUESTED; "
            "books the CAPTURE of " +
                ToString(kAmount) + "; sends REFUND under the key '" + key + "REFUND'");

  Payment open = Stored(PaymentState::kCapturing);
  open.operations = {Op(OperationKind::kCapture, OperationState::kUnknown)};
  EXPECT_EQ(
      BatchOf(open).Apply(Found(Remedy::kStoreOutcome, OperationKind::kCapture), 0.5).value_or(""),
      "payment CAPTURING -> CAPTURED; CAPTURE UNKNOWN -> SUCCEEDED; books the CAPTURE of " +
          ToString(kAmount) + "; answers capture with DONE");

  Payment lost = Stored(PaymentState::kVoided);
  lost.operations = {Op(OperationKind::kVoid, OperationState::kSucceeded)};
  EXPECT_EQ(BatchOf(lost).Apply(Found(Remedy::kSendAgain, OperationKind::kVoid), 0.5).value_or(""),
            "asks about, and sends again, VOID under the key '" + key + "VOID'");
}

}  // namespace
}  // namespace orderflow::payment
