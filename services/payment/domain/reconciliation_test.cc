// Proves how one payment's books are compared: every class of difference, the rule that closes it
// or the reason why none may, and that equal books, books under way and closed differences are
// none.
#include "services/payment/domain/reconciliation.h"

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

namespace orderflow::payment {
namespace {

const std::string kOrder = "0190e000-0000-7000-8000-000000000001";
const Money kAmount{"EUR", 4200};
const Timestamp kNow(std::chrono::hours(24 * 20000));
const Timestamp kLongAgo = kNow - std::chrono::hours(1);

// The two sides of one payment, built entry by entry.
class Sides {
 public:
  Sides() { books_.payment_reference = kOrder; }

  Sides& Payment(PaymentState state) {
    books_.payment.emplace();
    books_.payment->order_id = OrderId(kOrder);
    books_.payment->amount = kAmount;
    books_.payment->state = state;
    books_.payment->version = 3;
    books_.payment->create_time = kLongAgo;
    return *this;
  }
  Sides& Ours(OperationKind kind, OperationState state, Timestamp update_time = kLongAgo) {
    Operation operation;
    operation.kind = kind;
    operation.state = state;
    operation.create_time = kLongAgo;
    operation.update_time = update_time;
    books_.payment->operations.push_back(operation);
    return *this;
  }
  Sides& Theirs(OperationKind kind, bool succeeded = true, const Money& amount = kAmount,
                Timestamp time = kLongAgo, const std::string& key = "") {
    books_.entries.push_back(
        {.reference = "ref-" + std::to_string(books_.entries.size()),
         .idempotency_key = key.empty() ? IdempotencyKey(OrderId(kOrder), kind) : key,
         .payment_reference = books_.payment_reference,
         .kind = kind,
         .succeeded = succeeded,
         .decline_code = succeeded ? "" : "expired_card",
         .amount = amount,
         .create_time = time});
    return *this;
  }
  Sides& Both(OperationKind kind) { return Ours(kind, OperationState::kSucceeded).Theirs(kind); }
  Sides& Ledger(OperationKind kind, const Money& amount = kAmount) {
    books_.transfers.push_back(kind == OperationKind::kCapture
                                   ? CaptureTransfer(OrderId(kOrder), amount)
                                   : RefundTransfer(OrderId(kOrder), amount));
    return *this;
  }
  Sides& Reference(std::string reference) {
    books_.payment_reference = std::move(reference);
    return *this;
  }

  // "CLASS KIND REMEDY" of each difference.
  std::vector<std::string> Differences() const {
    std::vector<std::string> texts;
    for (const Difference& found : Compare(books_, kNow, ReconciliationPolicy{})) {
      EXPECT_FALSE(found.reason.empty());
      EXPECT_EQ(found.payment_version, books_.payment.has_value() ? 3 : 0);
      texts.push_back(ToString(found.difference) + " " + ToString(found.kind) + " " +
                      ToString(found.remedy));
    }
    return texts;
  }

 private:
  BothBooks books_;
};

using Texts = std::vector<std::string>;
using enum OperationKind;

TEST(Compare, EqualBooksDoNotDiffer) {
  EXPECT_EQ(Sides().Payment(PaymentState::kAuthorized).Both(kAuthorize).Differences(), Texts{});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kRefunded)
                .Both(kAuthorize)
                .Both(kCapture)
                .Both(kRefund)
                .Ledger(kCapture)
                .Ledger(kRefund)
                .Differences(),
            Texts{});
  EXPECT_EQ(Sides().Payment(PaymentState::kVoided).Both(kAuthorize).Both(kVoid).Differences(),
            Texts{});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kDeclined)
                .Ours(kAuthorize, OperationState::kDeclined)
                .Theirs(kAuthorize, false)
                .Differences(),
            Texts{});
  EXPECT_EQ(Sides().Payment(PaymentState::kVoided).Differences(), Texts{}) << "a tombstone";
}

TEST(Compare, WhatIsUnderWayDoesNotDiffer) {
  const Timestamp just_now = kNow - std::chrono::seconds(10);
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoided)
                .Theirs(kAuthorize)
                .Theirs(kCapture, true, kAmount, just_now)
                .Differences(),
            Texts{});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCaptured)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kSucceeded, just_now)
                .Differences(),
            Texts{});
}

// The resolver touches an open operation every few seconds for as long as it is open.
TEST(Compare, OperationThatStaysOpenIsNotUnderWayForEver) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCapturing)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kUnknown, kNow)
                .Theirs(kCapture)
                .Differences(),
            Texts{"OUTCOME_UNKNOWN_HERE CAPTURE STORE_OUTCOME"});
}

TEST(Compare, OpenOperationThatIsNotBookedIsLeftToTheResolver) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kAuthorizing)
                .Ours(kAuthorize, OperationState::kUnknown)
                .Differences(),
            Texts{});
}

TEST(Compare, HoldThatNobodyWantsIsVoided) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kDeclined)
                .Ours(kAuthorize, OperationState::kDeclined)
                .Theirs(kAuthorize)
                .Differences(),
            Texts{"ORPHAN_HOLD AUTHORIZE VOID_HOLD"});
  EXPECT_EQ(Sides().Payment(PaymentState::kVoided).Theirs(kAuthorize).Differences(),
            Texts{"ORPHAN_HOLD AUTHORIZE VOID_HOLD"})
      << "a tombstone";
  EXPECT_EQ(Sides().Theirs(kAuthorize).Differences(), Texts{"ORPHAN_HOLD AUTHORIZE VOID_HOLD"})
      << "no payment";
}

TEST(Compare, YoungHoldWaits) {
  const Timestamp time = kNow - std::chrono::minutes(14);
  EXPECT_EQ(Sides().Theirs(kAuthorize, true, kAmount, time).Differences(), Texts{});
}

TEST(Compare, HoldWhoseVoidWasDeclinedNeedsAPerson) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoided)
                .Both(kAuthorize)
                .Ours(kVoid, OperationState::kDeclined)
                .Differences(),
            Texts{"ORPHAN_HOLD AUTHORIZE PARK"});
}

TEST(Compare, HoldThatWasVoidedAfterAllIsClosed) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoided)
                .Ours(kAuthorize, OperationState::kDeclined)
                .Theirs(kAuthorize)
                .Both(kVoid)
                .Differences(),
            Texts{});
}

TEST(Compare, OnlyWhatGivesBackIsSentAgain) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoided)
                .Both(kAuthorize)
                .Ours(kVoid, OperationState::kSucceeded)
                .Differences(),
            Texts{"MISSING_AT_PROVIDER VOID SEND_AGAIN"});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kRefunded)
                .Both(kAuthorize)
                .Both(kCapture)
                .Ours(kRefund, OperationState::kSucceeded)
                .Ledger(kCapture)
                .Ledger(kRefund)
                .Differences(),
            Texts{"MISSING_AT_PROVIDER REFUND SEND_AGAIN"});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCaptured)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kSucceeded)
                .Ledger(kCapture)
                .Differences(),
            Texts{"MISSING_AT_PROVIDER CAPTURE PARK"});
}

TEST(Compare, CaptureAfterWeGaveUpIsRefunded) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoiding)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kDeclined)
                .Ours(kVoid, OperationState::kUnknown, kNow)
                .Theirs(kCapture)
                .Differences(),
            Texts{"CAPTURE_NOT_IN_LEDGER CAPTURE REFUND_CAPTURE"});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kAuthorized)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kDeclined)
                .Theirs(kCapture)
                .Differences(),
            Texts{"CAPTURE_NOT_IN_LEDGER CAPTURE REFUND_CAPTURE"});
}

TEST(Compare, CaptureThatItsSagaMayStillWantIsParked) {
  EXPECT_EQ(
      Sides().Payment(PaymentState::kAuthorized).Both(kAuthorize).Theirs(kCapture).Differences(),
      Texts{"CAPTURE_NOT_IN_LEDGER CAPTURE PARK"});
  EXPECT_EQ(Sides().Theirs(kAuthorize).Theirs(kCapture).Differences(),
            Texts{"CAPTURE_NOT_IN_LEDGER CAPTURE PARK"})
      << "no payment";
}

TEST(Compare, CaptureThatWasRefundedAfterAllIsClosed) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kRefunded)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kDeclined)
                .Theirs(kCapture)
                .Ours(kVoid, OperationState::kDeclined)
                .Both(kRefund)
                .Ledger(kCapture)
                .Ledger(kRefund)
                .Differences(),
            Texts{});
}

TEST(Compare, SecondCaptureIsParkedWithAllElse) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCaptured)
                .Both(kAuthorize)
                .Both(kCapture)
                .Ledger(kCapture)
                .Theirs(kCapture, true, kAmount, kLongAgo, "by-hand")
                .Differences(),
            (Texts{"MISSING_HERE CAPTURE PARK", "DOUBLE_CAPTURE CAPTURE PARK"}));
}

// What is left when a call was repeated under another key: one of the two was lifted.
TEST(Compare, SecondHoldBesideAVoidedOneIsAnOrphan) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoided)
                .Both(kAuthorize)
                .Theirs(kAuthorize, true, kAmount, kLongAgo, "by-hand")
                .Both(kVoid)
                .Differences(),
            (Texts{"MISSING_HERE AUTHORIZE PARK", "ORPHAN_HOLD AUTHORIZE PARK"}));
}

TEST(Compare, RefundThatWeDoNotKnowIsParked) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCaptured)
                .Both(kAuthorize)
                .Both(kCapture)
                .Ledger(kCapture)
                .Theirs(kRefund)
                .Differences(),
            Texts{"REFUND_UNKNOWN_HERE REFUND PARK"});
}

TEST(Compare, OtherAmountIsParked) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCapturing)
                .Both(kAuthorize)
                .Ours(kCapture, OperationState::kUnknown)
                .Theirs(kCapture, true, {"EUR", 4201})
                .Differences(),
            Texts{"AMOUNT_DIFFERS CAPTURE PARK"});
}

TEST(Compare, OtherOutcomeIsParked) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kAuthorized)
                .Ours(kAuthorize, OperationState::kSucceeded)
                .Theirs(kAuthorize, false)
                .Differences(),
            Texts{"STATE_DIFFERS AUTHORIZE PARK"});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kAuthorized)
                .Both(kAuthorize)
                .Ours(kVoid, OperationState::kDeclined)
                .Theirs(kVoid)
                .Differences(),
            Texts{"STATE_DIFFERS VOID PARK"});
}

TEST(Compare, LedgerThatContradictsOurOperationsIsParked) {
  EXPECT_EQ(Sides().Payment(PaymentState::kCaptured).Both(kAuthorize).Both(kCapture).Differences(),
            Texts{"LEDGER_DIFFERS CAPTURE PARK"});
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kCaptured)
                .Both(kAuthorize)
                .Both(kCapture)
                .Ledger(kCapture, {"EUR", 1})
                .Differences(),
            Texts{"LEDGER_DIFFERS CAPTURE PARK"});
  EXPECT_EQ(Sides().Ledger(kCapture).Differences(), Texts{"LEDGER_DIFFERS CAPTURE PARK"});
}

TEST(Compare, EntriesThatAreNotOursAreParked) {
  EXPECT_EQ(Sides().Reference("invoice-7").Theirs(kAuthorize).Differences(),
            (Texts{"MISSING_HERE AUTHORIZE PARK", "ORPHAN_HOLD AUTHORIZE PARK"}));
  EXPECT_EQ(Sides().Theirs(kAuthorize).Theirs(kVoid).Differences(),
            (Texts{"MISSING_HERE AUTHORIZE PARK", "MISSING_HERE VOID PARK"}))
      << "held and lifted; we have never heard of it";
}

// Two differences, one of them not understood: nothing is done but storing outcomes.
TEST(Compare, OneParkedDifferenceParksTheOthers) {
  EXPECT_EQ(Sides()
                .Payment(PaymentState::kVoided)
                .Theirs(kAuthorize)
                .Theirs(kAuthorize, false, kAmount, kLongAgo, "by-hand")
                .Differences(),
            (Texts{"MISSING_HERE AUTHORIZE PARK", "ORPHAN_HOLD AUTHORIZE PARK"}));
}

TEST(DifferenceClass, NamesAreReadBack) {
  for (const DifferenceClass difference : AllDifferenceClasses()) {
    EXPECT_EQ(ParseDifferenceClass(ToString(difference)), difference);
  }
  EXPECT_EQ(ParseDifferenceClass("OTHER"), std::nullopt);
}

TEST(Remedy, NamesAreReadBack) {
  for (const Remedy remedy : {Remedy::kPark, Remedy::kStoreOutcome, Remedy::kVoidHold,
                              Remedy::kRefundCapture, Remedy::kSendAgain}) {
    EXPECT_EQ(ParseRemedy(ToString(remedy)), remedy);
  }
  EXPECT_EQ(ParseRemedy("OTHER"), std::nullopt);
}

}  // namespace
}  // namespace orderflow::payment
