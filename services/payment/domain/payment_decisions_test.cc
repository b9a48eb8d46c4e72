// Proves the decision table of payment_decisions.h: every command against every state of a payment,
// what is answered, what is started, and what the payment becomes. Payments are brought into each
// state by the decisions themselves, so the states tested are the ones that exist.
#include "services/payment/domain/payment_decisions.h"

#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>

namespace orderflow::payment {
namespace {

const OrderId kOrder("0190e000-0000-7000-8000-000000000001");
const Money kAmount{"EUR", 4200};
const DecisionPolicy kPolicy{};

StepRef Step(const std::string& name, int attempt = 1) {
  return {SagaId("0190e000-0000-7000-8000-0000000000aa"), name, name == "void", attempt, "trace"};
}

PaymentCommand Command(const std::string& name, int attempt = 1) {
  PaymentCommand command{kOrder, Step(name, attempt), CaptureCommand{}};
  if (name == "authorize") {
    command.action = AuthorizeCommand{kAmount, "tok_approve", CustomerId("customer-1")};
  } else if (name == "void") {
    command.action = VoidCommand{};
  } else if (name == "refund") {
    command.action = RefundCommand{};
  }
  return command;
}

CallOutcome Outcome(OperationKind kind, Verdict verdict) {
  CallOutcome outcome{.order_id = kOrder, .kind = kind, .verdict = verdict, .calls = 1};
  outcome.provider_reference = verdict == Verdict::kSucceeded ? "ref" : "";
  outcome.decline_code = verdict == Verdict::kDeclined ? "insufficient_funds" : "";
  outcome.error = verdict == Verdict::kInconclusive ? "timed out" : "";
  return outcome;
}

using MaybePayment = std::optional<Payment>;

MaybePayment After(MaybePayment payment, const std::string& command) {
  OnCommand(payment, Command(command), kPolicy);
  return payment;
}

MaybePayment After(MaybePayment payment, OperationKind kind, Verdict verdict) {
  OnOutcome(*payment, Outcome(kind, verdict), kPolicy, 0.5);
  return payment;
}

MaybePayment InState(const std::string& state) {
  const auto authorizing = After(std::nullopt, "authorize");
  const auto authorized = After(authorizing, OperationKind::kAuthorize, Verdict::kSucceeded);
  const auto captured =
      After(After(authorized, "capture"), OperationKind::kCapture, Verdict::kSucceeded);
  const std::map<std::string, MaybePayment> states{
      {"nothing", std::nullopt},
      {"AUTHORIZING", authorizing},
      {"AUTHORIZING, void requested", After(authorizing, "void")},
      {"AUTHORIZED", authorized},
      {"DECLINED", After(authorizing, OperationKind::kAuthorize, Verdict::kDeclined)},
      {"CAPTURING", After(authorized, "capture")},
      {"CAPTURED", captured},
      {"VOIDING", After(authorized, "void")},
      {"VOIDED", After(After(authorized, "void"), OperationKind::kVoid, Verdict::kSucceeded)},
      {"tombstone", After(std::nullopt, "void")},
      {"REFUNDING", After(captured, "refund")},
      {"REFUNDED", After(After(captured, "refund"), OperationKind::kRefund, Verdict::kSucceeded)}};
  return states.at(state);
}

// What a command led to, as one word for the table.
std::string Describe(const Reaction& reaction) {
  if (reaction.started.has_value()) {
    EXPECT_TRUE(reaction.changed);
    EXPECT_TRUE(reaction.replies.empty());
    return "start";
  }
  if (reaction.replies.empty()) {
    return "wait";
  }
  EXPECT_EQ(reaction.replies.size(), 1u);
  switch (reaction.replies[0].outcome) {
    case ReplyOutcome::kDone:
      return "done";
    case ReplyOutcome::kFailed:
      return "failed";
    case ReplyOutcome::kUnknown:
      return "unknown";
    case ReplyOutcome::kRefused:
      break;
  }
  switch (reaction.replies[0].refusal) {
    case RefusalReason::kPaymentDeclined:
      return "declined";
    case RefusalReason::kAlreadyCompensated:
      return "compensated";
    case RefusalReason::kUnspecified:
      break;
  }
  return "refused";
}

TEST(PaymentDecisions, AnswersEveryCommandInEveryState) {
  struct Row {
    std::string state, on_authorize, on_capture, on_void, on_refund;
  };
  const Row table[] = {
      {"nothing", "start", "refused", "done", "failed"},
      {"AUTHORIZING", "wait", "failed", "wait", "failed"},
      {"AUTHORIZING, void requested", "compensated", "failed", "wait", "failed"},
      {"AUTHORIZED", "done", "start", "start", "failed"},
      {"DECLINED", "declined", "declined", "done", "failed"},
      {"CAPTURING", "done", "wait", "failed", "failed"},
      {"CAPTURED", "done", "done", "refused", "start"},
      {"VOIDING", "compensated", "compensated", "wait", "failed"},
      {"VOIDED", "compensated", "compensated", "done", "failed"},
      {"tombstone", "compensated", "compensated", "done", "failed"},
      {"REFUNDING", "done", "done", "refused", "wait"},
      {"REFUNDED", "done", "done", "refused", "done"},
  };
  for (const Row& row : table) {
    const std::pair<std::string, std::string> expectations[] = {{"authorize", row.on_authorize},
                                                                {"capture", row.on_capture},
                                                                {"void", row.on_void},
                                                                {"refund", row.on_refund}};
    for (const auto& [command, expected] : expectations) {
      SCOPED_TRACE(row.state + " <- " + command);
      MaybePayment payment = InState(row.state);

      const Reaction reaction = OnCommand(payment, Command(command), kPolicy);

      EXPECT_EQ(Describe(reaction), expected);
      for (const StepReply& reply : reaction.replies) {
        EXPECT_EQ(reply.order_id, kOrder);
        EXPECT_EQ(reply.step, Step(command));
      }
    }
  }
}

// A refusal would end the saga that asks for the refund; a failure makes it park.
TEST(PaymentDecisions, RefundOfWhatWasNeverCapturedFailsAndSaysWhatWasFound) {
  MaybePayment authorized = InState("AUTHORIZED");
  MaybePayment nothing;

  const Reaction on_hold = OnCommand(authorized, Command("refund"), kPolicy);
  const Reaction on_nothing = OnCommand(nothing, Command("refund"), kPolicy);

  ASSERT_EQ(on_hold.replies.size(), 1u);
  EXPECT_EQ(on_hold.replies[0].outcome, ReplyOutcome::kFailed);
  EXPECT_NE(on_hold.replies[0].message.find("the payment is AUTHORIZED"), std::string::npos);
  ASSERT_EQ(on_nothing.replies.size(), 1u);
  EXPECT_EQ(on_nothing.replies[0].outcome, ReplyOutcome::kFailed);
  EXPECT_NE(on_nothing.replies[0].message.find("no payment"), std::string::npos);
  EXPECT_FALSE(nothing.has_value());
}

TEST(PaymentDecisions, AnswersWithoutChangingAnything) {
  for (const char* state :
       {"AUTHORIZED", "DECLINED", "CAPTURED", "VOIDED", "tombstone", "REFUNDED"}) {
    for (const char* command : {"authorize", "capture", "void", "refund"}) {
      const MaybePayment before = InState(state);
      MaybePayment after = before;

      const Reaction reaction = OnCommand(after, Command(command), kPolicy);

      if (!reaction.started.has_value()) {
        EXPECT_FALSE(reaction.changed) << state << " <- " << command;
        EXPECT_EQ(before, after) << state << " <- " << command;
      }
    }
  }
}

TEST(PaymentDecisions, RepeatedCommandMovesTheReplyToTheLatestAttempt) {
  MaybePayment payment = InState("AUTHORIZING");

  const Reaction repeated = OnCommand(payment, Command("authorize", 2), kPolicy);
  const Reaction outcome =
      OnOutcome(*payment, Outcome(OperationKind::kAuthorize, Verdict::kSucceeded), kPolicy, 0.5);

  EXPECT_TRUE(repeated.changed);
  EXPECT_EQ(payment->operations.size(), 1u);
  ASSERT_EQ(outcome.replies.size(), 1u);
  EXPECT_EQ(outcome.replies[0].step.attempt, 2);
}

TEST(PaymentDecisions, RefusesToAuthorizeAnotherAmount) {
  MaybePayment payment = InState("AUTHORIZED");
  PaymentCommand command = Command("authorize");
  std::get<AuthorizeCommand>(command.action).amount.amount_minor += 1;

  const Reaction reaction = OnCommand(payment, command, kPolicy);

  EXPECT_EQ(Describe(reaction), "failed");
}

TEST(PaymentDecisions, DeclinedCaptureIsFinalAndLeavesTheHoldToBeVoided) {
  MaybePayment payment = After(InState("CAPTURING"), OperationKind::kCapture, Verdict::kDeclined);

  EXPECT_EQ(payment->state, PaymentState::kAuthorized);
  EXPECT_EQ(Describe(OnCommand(payment, Command("capture"), kPolicy)), "declined");
  EXPECT_EQ(Describe(OnCommand(payment, Command("void"), kPolicy)), "start");
}

TEST(PaymentDecisions, DeclinedVoidAndRefundAskForAPerson) {
  MaybePayment voided = After(InState("VOIDING"), OperationKind::kVoid, Verdict::kDeclined);
  MaybePayment refunded = After(InState("REFUNDING"), OperationKind::kRefund, Verdict::kDeclined);

  EXPECT_EQ(Describe(OnCommand(voided, Command("void"), kPolicy)), "failed");
  EXPECT_EQ(Describe(OnCommand(refunded, Command("refund"), kPolicy)), "failed");
  EXPECT_EQ(refunded->state, PaymentState::kCaptured);
}

}  // namespace
}  // namespace orderflow::payment
