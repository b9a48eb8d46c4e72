// Proves what outcomes of provider calls do: states, ledger, replies, follow-up operations, and
// that late, repeated or unknown outcomes never do harm.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "services/payment/domain/payment_decisions.h"

namespace orderflow::payment {
namespace {

const OrderId kOrder("0190e000-0000-7000-8000-000000000001");
const Money kAmount{"EUR", 4200};
const DecisionPolicy kPolicy{};

StepRef Step(const std::string& name) {
  return {SagaId("0190e000-0000-7000-8000-0000000000aa"), name, name == "void", 1, ""};
}

CallOutcome Outcome(OperationKind kind, Verdict verdict) {
  return {.order_id = kOrder,
          .kind = kind,
          .verdict = verdict,
          .provider_reference = "ref",
          .decline_code = verdict == Verdict::kDeclined ? "insufficient_funds" : "",
          .error = verdict == Verdict::kInconclusive ? "timed out" : "",
          .calls = 1};
}

// A payment driven by hand; remembers everything it led to.
class Driver {
 public:
  Reaction Command(const std::string& step) {
    PaymentCommand command{kOrder, Step(step), CaptureCommand{}};
    if (step == "authorize") {
      command.action = AuthorizeCommand{kAmount, "tok_approve", CustomerId("customer-1")};
    } else if (step == "void") {
      command.action = VoidCommand{};
    } else if (step == "refund") {
      command.action = RefundCommand{};
    }
    return Remember(OnCommand(payment_, command, kPolicy));
  }

  Reaction Hear(OperationKind kind, Verdict verdict) {
    return Remember(OnOutcome(*payment_, Outcome(kind, verdict), kPolicy, 0.5));
  }

  const Payment& payment() const { return *payment_; }
  bool exists() const { return payment_.has_value(); }
  const std::vector<LedgerTransfer>& transfers() const { return transfers_; }
  const std::vector<OperationKind>& started() const { return started_; }

 private:
  Reaction Remember(Reaction reaction) {
    if (reaction.transfer.has_value()) {
      transfers_.push_back(*reaction.transfer);
    }
    if (reaction.started.has_value()) {
      started_.push_back(*reaction.started);
    }
    return reaction;
  }

  std::optional<Payment> payment_;
  std::vector<LedgerTransfer> transfers_;
  std::vector<OperationKind> started_;
};

TEST(OutcomeDecisions, AuthorizationHoldsAndForgetsTheToken) {
  Driver driver;
  driver.Command("authorize");
  ASSERT_FALSE(driver.payment().payment_method_token.empty());

  const Reaction reaction = driver.Hear(OperationKind::kAuthorize, Verdict::kSucceeded);

  EXPECT_EQ(driver.payment().state, PaymentState::kAuthorized);
  EXPECT_TRUE(driver.payment().payment_method_token.empty());
  ASSERT_EQ(reaction.replies.size(), 1u);
  EXPECT_EQ(reaction.replies[0], Done(kOrder, Step("authorize")));
  EXPECT_TRUE(driver.transfers().empty());
}

TEST(OutcomeDecisions, DeclineIsRefusedWithTheProvidersCode) {
  Driver driver;
  driver.Command("authorize");

  const Reaction reaction = driver.Hear(OperationKind::kAuthorize, Verdict::kDeclined);

  EXPECT_EQ(driver.payment().state, PaymentState::kDeclined);
  ASSERT_EQ(reaction.replies.size(), 1u);
  EXPECT_EQ(reaction.replies[0].outcome, ReplyOutcome::kRefused);
  EXPECT_EQ(reaction.replies[0].provider_code, "insufficient_funds");
  EXPECT_EQ(reaction.replies[0].refusal, RefusalReason::kPaymentDeclined);
}

TEST(OutcomeDecisions, CaptureAndRefundAreExactOppositesInTheLedger) {
  Driver driver;
  driver.Command("authorize");
  driver.Hear(OperationKind::kAuthorize, Verdict::kSucceeded);
  driver.Command("capture");
  driver.Hear(OperationKind::kCapture, Verdict::kSucceeded);
  driver.Command("refund");
  driver.Hear(OperationKind::kRefund, Verdict::kSucceeded);

  EXPECT_EQ(driver.payment().state, PaymentState::kRefunded);
  ASSERT_EQ(driver.transfers().size(), 2u);
  EXPECT_EQ(driver.transfers()[0].debit_account, driver.transfers()[1].credit_account);
  EXPECT_EQ(driver.transfers()[0].credit_account, driver.transfers()[1].debit_account);
  EXPECT_EQ(driver.transfers()[0].amount, driver.transfers()[1].amount);
}

TEST(OutcomeDecisions, UnknownIsToldOnceAndSetsTheNextLook) {
  Driver driver;
  driver.Command("authorize");

  const Reaction first = driver.Hear(OperationKind::kAuthorize, Verdict::kInconclusive);
  const Reaction second = driver.Hear(OperationKind::kAuthorize, Verdict::kInconclusive);

  ASSERT_EQ(first.replies.size(), 1u);
  EXPECT_EQ(first.replies[0].outcome, ReplyOutcome::kUnknown);
  EXPECT_EQ(first.replies[0].message, "timed out");
  EXPECT_TRUE(second.replies.empty());
  const Operation& operation = driver.payment().operations.at(0);
  EXPECT_EQ(operation.state, OperationState::kUnknown);
  EXPECT_EQ(operation.attempts, 2);
  EXPECT_EQ(operation.next_action_in, BackoffDelay(kPolicy.resolve_backoff, 2, 0.5));
  EXPECT_EQ(driver.payment().state, PaymentState::kAuthorizing);
}

TEST(OutcomeDecisions, UnknownIsResolvedLater) {
  Driver driver;
  driver.Command("authorize");
  driver.Hear(OperationKind::kAuthorize, Verdict::kInconclusive);

  const Reaction reaction = driver.Hear(OperationKind::kAuthorize, Verdict::kSucceeded);

  EXPECT_EQ(driver.payment().state, PaymentState::kAuthorized);
  ASSERT_EQ(reaction.replies.size(), 1u);
  EXPECT_EQ(reaction.replies[0].outcome, ReplyOutcome::kDone);
}

TEST(OutcomeDecisions, ALateOrRepeatedOutcomeDoesNothing) {
  Driver driver;
  driver.Command("authorize");
  driver.Hear(OperationKind::kAuthorize, Verdict::kSucceeded);
  const Payment before = driver.payment();

  for (const Verdict verdict : {Verdict::kSucceeded, Verdict::kDeclined, Verdict::kInconclusive}) {
    const Reaction reaction = driver.Hear(OperationKind::kAuthorize, verdict);
    EXPECT_FALSE(reaction.changed);
    EXPECT_TRUE(reaction.replies.empty());
  }
  EXPECT_FALSE(driver.Hear(OperationKind::kVoid, Verdict::kSucceeded).changed);

  EXPECT_EQ(driver.payment(), before);
}

TEST(OutcomeDecisions, AWaitingVoidFollowsTheLateAuthorization) {
  Driver driver;
  driver.Command("authorize");
  EXPECT_TRUE(driver.Command("void").replies.empty());

  const Reaction authorized = driver.Hear(OperationKind::kAuthorize, Verdict::kSucceeded);
  EXPECT_TRUE(authorized.replies.empty());
  EXPECT_EQ(authorized.started, OperationKind::kVoid);
  EXPECT_EQ(driver.payment().state, PaymentState::kVoiding);
  const Reaction voided = driver.Hear(OperationKind::kVoid, Verdict::kSucceeded);

  EXPECT_EQ(driver.payment().state, PaymentState::kVoided);
  ASSERT_EQ(voided.replies.size(), 1u);
  EXPECT_EQ(voided.replies[0], Done(kOrder, Step("void")));
}

TEST(OutcomeDecisions, AWaitingVoidIsDoneWhenTheAuthorizationIsDeclined) {
  Driver driver;
  driver.Command("authorize");
  driver.Command("void");

  const Reaction reaction = driver.Hear(OperationKind::kAuthorize, Verdict::kDeclined);

  EXPECT_EQ(driver.payment().state, PaymentState::kDeclined);
  EXPECT_FALSE(driver.payment().void_requested_by.has_value());
  ASSERT_EQ(reaction.replies.size(), 1u);
  EXPECT_EQ(reaction.replies[0], Done(kOrder, Step("void")));
}

// Whatever commands and outcomes come in whatever order: at most one operation of each kind, money
// moves at most once each way and back only after forth, and nothing is both voided and captured.
TEST(OutcomeDecisions, MoneyIsSafeUnderAnyOrderOfEvents) {
  const char* commands[] = {"authorize", "capture", "void", "refund"};
  const OperationKind kinds[] = {OperationKind::kAuthorize, OperationKind::kCapture,
                                 OperationKind::kVoid, OperationKind::kRefund};
  const Verdict verdicts[] = {Verdict::kSucceeded, Verdict::kDeclined, Verdict::kInconclusive};
  int captures = 0;
  int refunds = 0;
  for (unsigned seed = 1; seed <= 5000; ++seed) {
    std::mt19937 random(seed);
    Driver driver;
    for (int event = 0; event < 40; ++event) {
      if (random() % 2 == 0 || !driver.exists()) {
        driver.Command(commands[random() % 4]);
      } else {
        driver.Hear(kinds[random() % 4], verdicts[random() % 3]);
      }
    }
    ASSERT_TRUE(driver.exists()) << "seed " << seed;
    std::vector<OperationKind> started = driver.started();
    std::sort(started.begin(), started.end());
    EXPECT_EQ(std::adjacent_find(started.begin(), started.end()), started.end()) << "seed " << seed;
    ASSERT_LE(driver.transfers().size(), 2u) << "seed " << seed;
    if (!driver.transfers().empty()) {
      EXPECT_EQ(driver.transfers()[0].kind, OperationKind::kCapture) << "seed " << seed;
      const Operation* void_operation = FindOperation(driver.payment(), OperationKind::kVoid);
      EXPECT_TRUE(void_operation == nullptr || void_operation->state == OperationState::kDeclined)
          << "seed " << seed;
      ++captures;
    }
    if (driver.transfers().size() == 2) {
      EXPECT_EQ(driver.transfers()[1].kind, OperationKind::kRefund) << "seed " << seed;
      ++refunds;
    }
  }
  EXPECT_GT(captures, 50);  // the walk does reach what it is about
  EXPECT_GT(refunds, 5);
}

}  // namespace
}  // namespace orderflow::payment
