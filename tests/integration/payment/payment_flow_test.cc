// Proves what payment-service promises about money, against real PostgreSQL and the real simulator
// over gRPC: every command once whatever is repeated, reordered, lost or timed out, and a ledger
// that equals the provider's books. Crashes are processes that lose what they had in memory.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::StatusIs;
using ::testing::ElementsAre;

class PaymentFlow : public ::testing::Test {
 protected:
  // Carries out one command of one order, start to end.
  void Do(PaymentProcess& process, const messaging::Record& command) {
    ASSERT_THAT(process.Handle({command}), IsOk());
    ASSERT_THAT(process.StoreOutcomes(1), IsOk());
  }

  ProviderProcess provider_;
  PaymentDatabase database_;
};

TEST_F(PaymentFlow, HoldsCapturesAndRefunds) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  Do(process, Authorize(order));
  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.raw().QueryInt(
                "SELECT count(*) FROM payments WHERE payment_method_token IS NOT NULL"),
            0);
  Do(process, Capture(order));
  Do(process, Refund(order));

  EXPECT_EQ(database_.State(order), "REFUNDED");
  EXPECT_EQ(provider_.HoldState(), "REFUNDED");
  EXPECT_THAT(
      database_.Replies(order),
      ElementsAre("authorize_payment: DONE", "capture_payment: DONE", "refund_payment: DONE"));
}

// The record must be answered, not parked as poison: else its saga goes on asking.
TEST_F(PaymentFlow, RefundOfWhatWasNeverCapturedIsAnsweredFailed) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  ASSERT_THAT(process.Handle({Refund(order)}), IsOk());
  Do(process, Authorize(order));
  ASSERT_THAT(process.Handle({Refund(order)}), IsOk());

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.OperationState(order, "REFUND"), "");
  EXPECT_THAT(
      database_.Replies(order),
      ElementsAre("refund_payment: FAILED", "authorize_payment: DONE", "refund_payment: FAILED"));
}

TEST_F(PaymentFlow, DeclineIsRefusedWithTheCode) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  Do(process, Authorize(order, "tok_decline_insufficient_funds"));
  ASSERT_THAT(process.Handle({Void(order)}), IsOk());

  EXPECT_EQ(database_.raw().QueryText("SELECT decline_code FROM payments"), "insufficient_funds");
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: REFUSED REASON_PAYMENT_DECLINED",
                          "authorize_payment undo: DONE"));
}

TEST_F(PaymentFlow, TimeoutIsUnknownAndResolvedByKey) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  Do(process, Authorize(order, "tok_timeout"));
  EXPECT_EQ(database_.State(order), "AUTHORIZING");
  EXPECT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");
  database_.LetTimePass();
  ASSERT_THAT(process.resolver().ResolveDue(), orderflow::testing::IsOkAndHolds(1u));
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.Attempts(order, "AUTHORIZE"), 1);
  EXPECT_EQ(provider_.CountBooked(), 1);
  EXPECT_EQ(provider_.HoldState(), "HELD");
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: UNKNOWN", "authorize_payment: DONE"));
}

TEST_F(PaymentFlow, UnreachableProviderIsTriedAgainWithTheSameKey) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  Do(process, Authorize(order, "tok_fail_1"));
  EXPECT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");
  EXPECT_EQ(provider_.CountBooked(), 0);
  database_.LetTimePass();
  ASSERT_THAT(process.resolver().ResolveDue(), IsOk());
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(database_.Attempts(order, "AUTHORIZE"), 2);
  EXPECT_EQ(provider_.CountBooked(), 1);
}

TEST_F(PaymentFlow, CrashBetweenIntentAndCallIsTakenOver) {
  const OrderId order = NewOrder();
  {
    // No room for a call: the intent is stored, the call is never made.
    PaymentProcess crashed(database_, "127.0.0.1:1", {.policy = {.call_lease = Duration(0)}});
    ASSERT_THAT(crashed.Handle({Authorize(order)}), IsOk());
  }
  ASSERT_EQ(database_.OperationState(order, "AUTHORIZE"), "REQUESTED");
  ASSERT_EQ(provider_.CountBooked(), 0);
  PaymentProcess next(database_, provider_.address());

  database_.LetTimePass();
  ASSERT_THAT(next.resolver().ResolveDue(), orderflow::testing::IsOkAndHolds(1u));
  ASSERT_THAT(next.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(provider_.CountBooked(), 1);
  EXPECT_THAT(database_.Replies(order), ElementsAre("authorize_payment: DONE"));
}

TEST_F(PaymentFlow, CrashBetweenCallAndOutcomeIsTakenOver) {
  const OrderId order = NewOrder();
  {
    PaymentProcess crashed(database_, provider_.address());
    ASSERT_THAT(crashed.Handle({Authorize(order)}), IsOk());
    ASSERT_EQ(crashed.TakeOutcomes(1).size(), 1u);  // heard, never stored
  }
  ASSERT_EQ(provider_.CountBooked(), 1);
  PaymentProcess next(database_, provider_.address());

  database_.LetTimePass();
  ASSERT_THAT(next.resolver().ResolveDue(), IsOk());
  ASSERT_THAT(next.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "AUTHORIZED");
  EXPECT_EQ(provider_.CountBooked(), 1);
}

TEST_F(PaymentFlow, AnOutcomeStoredTwiceCountsOnce) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();
  Do(process, Authorize(order));
  ASSERT_THAT(process.Handle({Capture(order)}), IsOk());
  const std::vector<CallOutcome> outcomes = process.TakeOutcomes(1);

  ASSERT_THAT(process.Store(outcomes), IsOk());  // as after a commit in doubt
  ASSERT_THAT(process.Store(outcomes), IsOk());

  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM ledger_transfers"), 1);
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: DONE", "capture_payment: DONE"));
}

TEST_F(PaymentFlow, RepeatedCommandsMakeOneOperationAndAreAnsweredAgain) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  ASSERT_THAT(process.Handle({Authorize(order), Authorize(order)}), IsOk());
  ASSERT_THAT(process.Handle({Authorize(order)}), IsOk());
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());
  ASSERT_THAT(process.Handle({Authorize(order)}), IsOk());

  EXPECT_EQ(provider_.CountBooked(), 1);
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: DONE", "authorize_payment: DONE"));
}

TEST_F(PaymentFlow, VoidBeforeAuthorizeLeavesATombstone) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  ASSERT_THAT(process.Handle({Void(order)}), IsOk());
  ASSERT_THAT(process.Handle({Authorize(order)}), IsOk());

  EXPECT_EQ(database_.State(order), "VOIDED");
  EXPECT_EQ(provider_.CountBooked(), 0);
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment undo: DONE",
                          "authorize_payment: REFUSED REASON_ALREADY_COMPENSATED"));
}

TEST_F(PaymentFlow, VoidWhileAuthorizingLiftsTheHoldInTheEnd) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();

  ASSERT_THAT(process.Handle({Authorize(order)}), IsOk());
  ASSERT_THAT(process.Handle({Void(order)}), IsOk());
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());
  EXPECT_EQ(database_.State(order), "VOIDING");
  ASSERT_THAT(process.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(order), "VOIDED");
  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_THAT(database_.Replies(order), ElementsAre("authorize_payment undo: DONE"));
}

TEST_F(PaymentFlow, VoidsRacingOutcomesNeverLeaveAHold) {
  constexpr size_t kOrders = 100;
  PaymentProcess process(database_, provider_.address());
  std::vector<OrderId> orders;
  std::vector<messaging::Record> authorizations;
  std::vector<messaging::Record> voids;
  for (size_t i = 0; i < kOrders; ++i) {
    orders.push_back(NewOrder());
    authorizations.push_back(Authorize(orders.back()));
    voids.push_back(Void(orders.back()));
  }
  ASSERT_THAT(process.Handle(authorizations), IsOk());
  const std::vector<CallOutcome> outcomes = process.TakeOutcomes(kOrders);
  ASSERT_EQ(outcomes.size(), kOrders);
  const int stores_before = process.stores();

  absl::Status stored;
  std::jthread racer([&] {
    for (size_t i = 0; i < kOrders && stored.ok(); i += 10) {
      stored = process.Store({outcomes.begin() + static_cast<std::ptrdiff_t>(i),
                              outcomes.begin() + static_cast<std::ptrdiff_t>(i + 10)});
    }
  });
  for (size_t i = 0; i < kOrders; i += 10) {
    ASSERT_THAT(process.Handle({voids.begin() + static_cast<std::ptrdiff_t>(i),
                                voids.begin() + static_cast<std::ptrdiff_t>(i + 10)}),
                IsOk());
  }
  racer.join();
  ASSERT_THAT(stored, IsOk());
  EXPECT_EQ(process.stores() - stores_before, 20) << "no transaction had to be run again";
  ASSERT_THAT(process.StoreOutcomes(kOrders), IsOk());  // of the voids

  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM payments WHERE state = 'VOIDED'"),
            kOrders);
  EXPECT_EQ(
      provider_.database().QueryInt("SELECT count(*) FROM operations WHERE hold_state = 'VOIDED'"),
      kOrders);
  for (const OrderId& order : orders) {
    EXPECT_THAT(database_.Replies(order),
                ::testing::Contains("authorize_payment undo: DONE").Times(1));
  }
}

TEST_F(PaymentFlow, TwoResolversShareTheWorkWithoutDoingItTwice) {
  constexpr size_t kOrders = 100;
  std::vector<messaging::Record> authorizations;
  for (size_t i = 0; i < kOrders; ++i) {
    authorizations.push_back(Authorize(NewOrder()));
  }
  {
    PaymentProcess crashed(database_, "127.0.0.1:1", {.policy = {.call_lease = Duration(0)}});
    ASSERT_THAT(crashed.Handle(authorizations), IsOk());
  }
  PaymentProcess first(database_, provider_.address());
  PaymentProcess second(database_, provider_.address());
  database_.LetTimePass();

  absl::StatusOr<size_t> claimed_by_second = 0;
  std::jthread other([&] { claimed_by_second = second.resolver().ResolveDue(); });
  const absl::StatusOr<size_t> claimed_by_first = first.resolver().ResolveDue();
  other.join();
  ASSERT_THAT(claimed_by_first, IsOk());
  ASSERT_THAT(claimed_by_second, IsOk());
  ASSERT_THAT(first.StoreOutcomes(*claimed_by_first), IsOk());
  ASSERT_THAT(second.StoreOutcomes(*claimed_by_second), IsOk());

  EXPECT_EQ(*claimed_by_first + *claimed_by_second, kOrders);
  EXPECT_EQ(provider_.CountBooked("AUTHORIZE"), kOrders);
  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM payments WHERE state = 'AUTHORIZED'"),
            kOrders);
}

// With the wait of 200 ms a part of the answers comes in time to be written with its commands, and
// the rest, time-outs among it, later.
class LedgerUnderFaults : public PaymentFlow, public ::testing::WithParamInterface<Duration> {};

INSTANTIATE_TEST_SUITE_P(IntentFirst, LedgerUnderFaults, ::testing::Values(Duration(0)));
INSTANTIATE_TEST_SUITE_P(AnswersFirst, LedgerUnderFaults,
                         ::testing::Values(std::chrono::milliseconds(200)));

TEST_P(LedgerUnderFaults, EqualsTheBooks) {
  constexpr size_t kOrders = 60;
  PaymentProcess process(database_, provider_.address(), {}, GetParam());
  provider_.faults().Set({.fail_before_effect = 0.2, .no_answer_after_effect = 0.1});
  std::vector<OrderId> orders;
  for (size_t i = 0; i < kOrders; ++i) {
    orders.push_back(NewOrder());
  }
  // Runs one step of all orders and resolves until nothing is open.
  const auto run = [&](const std::function<messaging::Record(const OrderId&, size_t)>& command,
                       size_t every) {
    std::vector<messaging::Record> commands;
    for (size_t i = 0; i < kOrders; i += every) {
      commands.push_back(command(orders[i], i));
    }
    ASSERT_THAT(process.Handle(commands), IsOk());
    ASSERT_THAT(process.StoreOutcomes(static_cast<size_t>(database_.raw().QueryInt(
                    "SELECT count(*) FROM payment_operations WHERE state = 'REQUESTED'"))),
                IsOk());
    for (int round = 0; round < 100; ++round) {
      database_.LetTimePass();
      const auto claimed = process.resolver().ResolveDue();
      ASSERT_THAT(claimed, IsOk());
      if (*claimed == 0) {
        return;
      }
      ASSERT_THAT(process.StoreOutcomes(*claimed), IsOk());
    }
    FAIL() << "operations are still open";
  };

  run([](const OrderId& order,
         size_t i) { return Authorize(order, "tok", 1000 + static_cast<int64_t>(i)); },
      1);
  run([](const OrderId& order, size_t) { return Capture(order); }, 2);
  run([](const OrderId& order, size_t) { return Refund(order); }, 4);

  const std::string per_kind =
      " SELECT string_agg(kind || ' ' || n || ' ' || total, ', ' ORDER BY kind) FROM"
      " (SELECT kind, count(*) AS n, sum(amount_minor) AS total FROM ";
  const std::string ledger =
      database_.raw().QueryText(per_kind + "ledger_transfers GROUP BY kind) AS sums");
  const std::string books =
      provider_.database().QueryText(per_kind +
                                     "operations WHERE kind IN ('CAPTURE', 'REFUND') AND outcome = "
                                     "'SUCCEEDED' GROUP BY kind) AS sums");
  EXPECT_EQ(ledger, books);
  EXPECT_EQ(provider_.CountBooked("CAPTURE"), 30);
  EXPECT_EQ(provider_.CountBooked("REFUND"), 15);
  EXPECT_EQ(database_.raw().QueryInt(
                "SELECT count(*) FROM payment_operations WHERE next_action_time IS NOT NULL"),
            0);
}

TEST_F(PaymentFlow, TakesNoCommandsWhileTheProviderIsInTrouble) {
  PaymentProcess process(database_, provider_.address(), {.unknown_operations_max = 10});
  const OrderId order = NewOrder();

  process.handler().SetUnknownOperations(11);
  EXPECT_THAT(process.Handle({Authorize(order)}), StatusIs(absl::StatusCode::kResourceExhausted));
  EXPECT_EQ(database_.State(order), "");
  process.handler().SetUnknownOperations(10);

  EXPECT_THAT(process.Handle({Authorize(order)}), IsOk());
}

TEST_F(PaymentFlow, RefusesABatchWithARecordThatCanNeverBeApplied) {
  PaymentProcess process(database_, provider_.address());
  const OrderId order = NewOrder();
  messaging::Record poison = Authorize(NewOrder());
  poison.value = "not a command";

  EXPECT_THAT(process.Handle({Authorize(order), poison}),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(database_.State(order), "");
}

}  // namespace
}  // namespace orderflow::payment::testing
