// Proves which answers and errors of the provider are conclusive: the table that decides whether an
// operation ends or is looked into again. What is not listed as conclusive must stay open.
#include "services/payment/domain/provider_call.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace orderflow::payment {
namespace {

const Money kAmount{"EUR", 4200};

ProviderCall CallOf(OperationKind kind) {
  ProviderCall call;
  call.order_id = OrderId("0190e000-0000-7000-8000-000000000001");
  call.kind = kind;
  call.amount = kAmount;
  call.idempotency_key = IdempotencyKey(call.order_id, kind);
  return call;
}

const OperationKind kKinds[] = {OperationKind::kAuthorize, OperationKind::kCapture,
                                OperationKind::kVoid, OperationKind::kRefund};

TEST(Judge, BelievesAnAnswerOverOurAmount) {
  const CallOutcome outcome =
      Judge(CallOf(OperationKind::kCapture), Question::kSend,
            ProviderAnswer{.reference = "r", .succeeded = true, .amount = kAmount});

  EXPECT_EQ(outcome.verdict, Verdict::kSucceeded);
  EXPECT_EQ(outcome.provider_reference, "r");
  EXPECT_EQ(outcome.calls, 1);
}

TEST(Judge, BelievesADecline) {
  const CallOutcome with_code =
      Judge(CallOf(OperationKind::kAuthorize), Question::kSend,
            ProviderAnswer{.decline_code = "expired_card", .amount = kAmount});
  const CallOutcome without =
      Judge(CallOf(OperationKind::kAuthorize), Question::kSend, ProviderAnswer{.amount = kAmount});

  EXPECT_EQ(with_code.verdict, Verdict::kDeclined);
  EXPECT_EQ(with_code.decline_code, "expired_card");
  EXPECT_FALSE(without.decline_code.empty());
}

TEST(Judge, LeavesAnAnswerOverAnotherAmountOpen) {
  const CallOutcome outcome =
      Judge(CallOf(OperationKind::kCapture), Question::kSend,
            ProviderAnswer{.reference = "r", .succeeded = true, .amount = {"EUR", 4201}});

  EXPECT_EQ(outcome.verdict, Verdict::kInconclusive);
  EXPECT_NE(outcome.error.find("42.01 EUR"), std::string::npos) << outcome.error;
}

TEST(Judge, TakesOnlyTwoErrorsForAnAnswer) {
  const std::set<std::pair<OperationKind, absl::StatusCode>> conclusive{
      {OperationKind::kAuthorize, absl::StatusCode::kInvalidArgument},
      {OperationKind::kCapture, absl::StatusCode::kFailedPrecondition}};
  for (const OperationKind kind : kKinds) {
    for (int code = 1; code <= 16; ++code) {
      const absl::Status error(static_cast<absl::StatusCode>(code), "why");

      const CallOutcome sent = Judge(CallOf(kind), Question::kSend, error);
      const CallOutcome looked_up = Judge(CallOf(kind), Question::kFind, error);

      SCOPED_TRACE(ToString(kind) + " " + error.ToString());
      const bool is_answer = conclusive.contains({kind, error.code()});
      EXPECT_EQ(sent.verdict, is_answer ? Verdict::kDeclined : Verdict::kInconclusive);
      EXPECT_EQ(sent.decline_code.empty(), !is_answer);
      EXPECT_EQ(looked_up.verdict, Verdict::kInconclusive);
      EXPECT_NE(looked_up.error.find("why"), std::string::npos);
    }
  }
}

TEST(MakeCall, UsesTheSameKeyEachTimeAndTheTokenOnlyToAuthorize) {
  Payment payment;
  payment.order_id = OrderId("0190e000-0000-7000-8000-000000000001");
  payment.payment_method_token = "tok_approve";
  payment.amount = kAmount;

  const ProviderCall authorize = MakeCall(payment, {.kind = OperationKind::kAuthorize}, false);
  const ProviderCall capture = MakeCall(payment, {.kind = OperationKind::kCapture}, true);

  EXPECT_EQ(authorize.idempotency_key, "0190e000-0000-7000-8000-000000000001:AUTHORIZE");
  EXPECT_EQ(authorize.payment_method_token, "tok_approve");
  EXPECT_EQ(capture.idempotency_key, "0190e000-0000-7000-8000-000000000001:CAPTURE");
  EXPECT_TRUE(capture.payment_method_token.empty());
  EXPECT_TRUE(capture.ask_first);
}

}  // namespace
}  // namespace orderflow::payment
