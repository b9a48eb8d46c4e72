// Proves what the reconciler promises, against real PostgreSQL and the real simulator: each
// difference that is planted in either side's books is closed by its rule or parked, the second run
// finds nothing, several runs at the same time do nothing twice, and what was done is recorded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class Reconciliation : public ::testing::Test {
 protected:
  void Do(const messaging::Record& command) {
    ASSERT_THAT(process_.Handle({command}), IsOk());
    ASSERT_THAT(process_.StoreOutcomes(1), IsOk());
  }

  // A hold that nobody here has asked for: what is left when the intent was lost.
  void HoldBehindOurBack(const OrderId& order) {
    provider_.Hold(order.value(), IdempotencyKey(order, OperationKind::kAuthorize));
  }

  // As if the provider had told us that the operation was declined.
  void DeclineHere(const OrderId& order, const std::string& kind) {
    database_.raw().Run(
        "UPDATE payments SET next_action_time = NULL, operations = ("
        "SELECT json_agg(CASE WHEN o ->> 'kind' = '" +
        kind +
        "' THEN (o::jsonb || '{\"state\": \"DECLINED\", \"decline_code\": \"told_so\"}')::json "
        "ELSE o "
        "END) FROM json_array_elements(operations) AS o) WHERE order_id = '" +
        order.value() + "'");
  }

  int64_t OpenFindings() {
    return database_.raw().QueryInt(
        "SELECT count(*) FROM reconciliation_findings WHERE close_time IS NULL");
  }
  int64_t Actions() {
    return database_.raw().QueryInt("SELECT count(*) FROM reconciliation_actions");
  }
  // Of a dry run: what it would change and send.
  std::vector<std::string> PlannedEffects() {
    std::vector<std::string> effects;
    std::string cursor;
    do {
      const auto stretch = process_.reconciler().Run(cursor, std::nullopt);
      EXPECT_THAT(stretch, IsOk());
      for (const ReconciledDifference& found : stretch->differences) {
        effects.push_back(found.effects);
      }
      cursor = stretch->next_cursor;
    } while (!cursor.empty());
    return effects;
  }
  int64_t LedgerSum() {
    return database_.raw().QueryInt(
        "SELECT COALESCE(sum(CASE kind WHEN 'CAPTURE' THEN amount_minor ELSE -amount_minor END), 0)"
        " FROM ledger_transfers");
  }

  ProviderProcess provider_;
  PaymentDatabase database_;
  PaymentProcess process_{database_, provider_.address()};
};

TEST_F(Reconciliation, EqualBooksHaveNoDifference) {
  const OrderId captured = NewOrder();
  const OrderId refunded = NewOrder();
  const OrderId voided = NewOrder();
  for (const OrderId& order : {captured, refunded, voided}) {
    Do(Authorize(order));
  }
  Do(Authorize(NewOrder(), "tok_decline_expired_card"));
  ASSERT_THAT(process_.Handle({Void(NewOrder())}), IsOk());
  Do(Capture(captured));
  Do(Capture(refunded));
  Do(Refund(refunded));
  Do(Void(voided));

  EXPECT_THAT(process_.Reconcile(), IsEmpty());
  EXPECT_EQ(OpenFindings(), 0);
}

TEST_F(Reconciliation, HoldOfAnUnknownOrderIsVoidedAndItsAuthorizationRefused) {
  const OrderId order = NewOrder();
  HoldBehindOurBack(order);

  EXPECT_THAT(process_.Reconcile(/*dry_run=*/true), ElementsAre("ORPHAN_HOLD AUTHORIZE planned"));
  EXPECT_EQ(database_.State(order), "") << "a dry run changes nothing";
  // Its own payment is among those that the run comes to later.
  EXPECT_THAT(process_.Reconcile(), Contains("ORPHAN_HOLD AUTHORIZE closed").Times(1));
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());
  ASSERT_THAT(process_.Handle({Authorize(order)}), IsOk());

  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_EQ(database_.State(order), "VOIDED");
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: REFUSED REASON_ALREADY_COMPENSATED"));
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

// The intent was lost with the database, the call was made, and then the void came first.
TEST_F(Reconciliation, HoldBehindATombstoneIsVoided) {
  const OrderId order = NewOrder();
  ASSERT_THAT(process_.Handle({Void(order)}), IsOk());
  HoldBehindOurBack(order);

  EXPECT_THAT(process_.Reconcile(), ElementsAre("ORPHAN_HOLD AUTHORIZE closed"));
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());

  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_EQ(database_.State(order), "VOIDED");
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

TEST_F(Reconciliation, LateHoldOfADeclinedPaymentIsVoided) {
  const OrderId order = NewOrder();
  Do(Authorize(order));
  DeclineHere(order, "AUTHORIZE");
  database_.raw().Run("UPDATE payments SET state = 'DECLINED', decline_code = 'told_so'");

  EXPECT_THAT(process_.Reconcile(), ElementsAre("ORPHAN_HOLD AUTHORIZE closed"));
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());

  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

// We gave the capture up, its saga turned back, and its void can never be carried out.
TEST_F(Reconciliation, LateCaptureIsRefundedAndTheVoidAnswered) {
  const OrderId order = NewOrder();
  Do(Authorize(order));
  ASSERT_THAT(process_.Handle({Capture(order)}), IsOk());
  ASSERT_EQ(process_.TakeOutcomes(1).size(), 1u);
  DeclineHere(order, "CAPTURE");
  database_.raw().Run("UPDATE payments SET state = 'AUTHORIZED'");
  Do(Void(order));
  ASSERT_EQ(database_.OperationState(order, "VOID"), "UNKNOWN");

  EXPECT_THAT(process_.Reconcile(), ElementsAre("CAPTURE_NOT_IN_LEDGER CAPTURE closed"));
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());

  EXPECT_EQ(provider_.HoldState(), "REFUNDED");
  EXPECT_EQ(database_.State(order), "REFUNDED");
  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM ledger_transfers"), 2);
  EXPECT_EQ(LedgerSum(), 0);
  EXPECT_THAT(database_.Replies(order),
              ElementsAre("authorize_payment: DONE", "authorize_payment undo: UNKNOWN",
                          "authorize_payment undo: DONE"));
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

TEST_F(Reconciliation, OutcomeThatWeHaveNotHeardIsStored) {
  const OrderId order = NewOrder();
  Do(Authorize(order));
  ASSERT_THAT(process_.Handle({Capture(order)}), IsOk());
  ASSERT_EQ(process_.TakeOutcomes(1).size(), 1u);  // heard, never stored

  EXPECT_THAT(process_.Reconcile(), ElementsAre("OUTCOME_UNKNOWN_HERE CAPTURE closed"));

  EXPECT_EQ(database_.State(order), "CAPTURED");
  EXPECT_EQ(LedgerSum(), 4200);
  EXPECT_THAT(database_.Replies(order), Contains("capture_payment: DONE").Times(1));
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

TEST_F(Reconciliation, VoidThatTheProviderHasLostIsSentAgain) {
  const OrderId order = NewOrder();
  Do(Authorize(order));
  Do(Void(order));
  provider_.database().Run("DELETE FROM operations WHERE kind = 'VOID'");
  provider_.database().Run(
      "UPDATE operations SET hold_state = 'HELD' WHERE hold_state IS NOT NULL");

  EXPECT_THAT(process_.Reconcile(), ElementsAre("MISSING_AT_PROVIDER VOID closed"));
  ASSERT_EQ(process_.TakeOutcomes(1).size(), 1u);

  EXPECT_EQ(provider_.HoldState(), "VOIDED");
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

TEST_F(Reconciliation, CaptureThatTheProviderHasLostIsParkedOnceAndClosedWhenItIsBack) {
  const OrderId order = NewOrder();
  Do(Authorize(order));
  Do(Capture(order));
  provider_.database().Run(
      "CREATE TABLE lost AS SELECT * FROM operations WHERE kind = 'CAPTURE';"
      "DELETE FROM operations WHERE kind = 'CAPTURE'");

  EXPECT_THAT(process_.Reconcile(), ElementsAre("MISSING_AT_PROVIDER CAPTURE parked"));
  const std::string first = database_.raw().QueryText(
      "SELECT finding_id::text || first_seen_time FROM reconciliation_findings");
  EXPECT_THAT(process_.Reconcile(), ElementsAre("MISSING_AT_PROVIDER CAPTURE parked"));
  EXPECT_EQ(database_.raw().QueryText(
                "SELECT finding_id::text || first_seen_time FROM reconciliation_findings"),
            first);
  EXPECT_EQ(OpenFindings(), 1);
  const auto findings = process_.reconciliation().List({.limit = 10});
  ASSERT_THAT(findings, IsOk());
  ASSERT_EQ(findings->size(), 1u);
  EXPECT_EQ((*findings)[0].difference.payment_reference, order.value());
  EXPECT_EQ((*findings)[0].difference.difference, DifferenceClass::kMissingAtProvider);
  EXPECT_GT((*findings)[0].last_seen_time, (*findings)[0].first_seen_time);
  provider_.database().Run("INSERT INTO operations SELECT * FROM lost");

  EXPECT_THAT(process_.Reconcile(), IsEmpty());

  EXPECT_EQ(OpenFindings(), 0);
  EXPECT_TRUE(process_.reconciliation().List({.limit = 10})->empty());
  EXPECT_EQ(process_.reconciliation().List({.with_closed = true, .limit = 10})->size(), 1u);
  EXPECT_EQ(provider_.CountBooked("CAPTURE"), 1) << "nothing was captured again";
}

// The provider knows a call by its key only: under a second one it holds and captures again.
TEST_F(Reconciliation, SecondCaptureAndForeignEntriesAreParked) {
  const OrderId order = NewOrder();
  Do(Authorize(order));
  Do(Capture(order));
  provider_.Hold(order.value(), "second-hold");
  provider_.Capture(order.value(), "second-capture");
  provider_.Hold("invoice-7", "invoice-7:AUTHORIZE");

  EXPECT_THAT(process_.Reconcile(),
              UnorderedElementsAre("MISSING_HERE AUTHORIZE parked", "MISSING_HERE CAPTURE parked",
                                   "DOUBLE_CAPTURE CAPTURE parked", "MISSING_HERE AUTHORIZE parked",
                                   "ORPHAN_HOLD AUTHORIZE parked"));
  EXPECT_EQ(OpenFindings(), 5);
  EXPECT_EQ(provider_.CountBooked("REFUND"), 0);
}

TEST_F(Reconciliation, PaymentUnderWayIsLeftAlone) {
  const OrderId order = NewOrder();
  Do(Authorize(order, "tok_timeout"));
  ASSERT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");
  process_.SetClockAhead(std::chrono::seconds(30));

  EXPECT_THAT(process_.Reconcile(), IsEmpty());

  EXPECT_EQ(database_.OperationState(order, "AUTHORIZE"), "UNKNOWN");
}

TEST_F(Reconciliation, PagesJoinUpOverManyPayments) {
  constexpr size_t kOrders = 450;  // more than two pages of each side
  std::vector<messaging::Record> authorizations;
  for (size_t i = 0; i < kOrders; ++i) {
    authorizations.push_back(Authorize(NewOrder()));
  }
  ASSERT_THAT(process_.Handle(authorizations), IsOk());
  ASSERT_EQ(process_.TakeOutcomes(kOrders).size(), kOrders);  // heard, never stored

  const std::vector<std::string> found = process_.Reconcile();

  EXPECT_EQ(found.size(), kOrders);
  EXPECT_THAT(found, Each("OUTCOME_UNKNOWN_HERE AUTHORIZE closed"));
  EXPECT_EQ(Actions(), kOrders);
  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM payments WHERE state = 'AUTHORIZED'"),
            kOrders);
}

TEST_F(Reconciliation, TwoRunsAtTheSameTimeDoNothingTwice) {
  constexpr size_t kOrders = 100;
  for (size_t i = 0; i < kOrders; ++i) {
    HoldBehindOurBack(NewOrder());
  }
  PaymentProcess other(database_, provider_.address());

  const auto voided_by = [](const std::vector<std::string>& found) {
    return static_cast<size_t>(
        std::count(found.begin(), found.end(), "ORPHAN_HOLD AUTHORIZE closed"));
  };
  size_t by_other = 0;
  std::jthread racer([&] { by_other = voided_by(other.Reconcile()); });
  const size_t by_this = voided_by(process_.Reconcile());
  racer.join();
  EXPECT_EQ(by_this + by_other, kOrders) << "each by one of the two";
  ASSERT_THAT(process_.StoreOutcomes(by_this), IsOk());
  ASSERT_THAT(other.StoreOutcomes(by_other), IsOk());

  EXPECT_EQ(provider_.CountBooked("VOID"), kOrders);
  EXPECT_EQ(database_.raw().QueryInt(
                "SELECT count(*) FROM reconciliation_actions WHERE remedy = 'VOID_HOLD'"),
            kOrders);
  EXPECT_EQ(database_.raw().QueryInt("SELECT count(*) FROM payment_operations WHERE kind = 'VOID'"),
            kOrders);
  EXPECT_THAT(process_.Reconcile(), IsEmpty());
}

TEST_F(Reconciliation, WhatTheDatabaseRefusesIsParkedAndKeepsNobodyElseWaiting) {
  const OrderId refused = NewOrder();
  const OrderId fine = NewOrder();
  HoldBehindOurBack(refused);
  HoldBehindOurBack(fine);
  database_.raw().Run("ALTER TABLE payments ADD CHECK (order_id <> '" + refused.value() + "')");

  const std::vector<std::string> found = process_.Reconcile();
  EXPECT_THAT(found, Contains("ORPHAN_HOLD AUTHORIZE parked").Times(1));
  EXPECT_THAT(found, Contains("ORPHAN_HOLD AUTHORIZE closed").Times(1));
  ASSERT_THAT(process_.StoreOutcomes(1), IsOk());

  EXPECT_EQ(database_.State(fine), "VOIDED");
  EXPECT_EQ(database_.raw().QueryText("SELECT payment_reference FROM reconciliation_findings"),
            refused.value());
  EXPECT_THAT(database_.raw().QueryText("SELECT reason FROM reconciliation_findings"),
              ::testing::HasSubstr("its rule VOID_HOLD failed"));
  EXPECT_EQ(database_.raw().QueryText("SELECT payment_reference FROM reconciliation_actions"),
            fine.value());
}

// Found by a review: runs voided and refunded without a record of who had them do so, and why.
TEST_F(Reconciliation, EachClosureLeavesOneRecordAndADryRunNone) {
  const OrderId lost = NewOrder();
  Do(Authorize(lost));
  Do(Void(lost));
  provider_.database().Run("DELETE FROM operations WHERE kind = 'VOID'");
  provider_.database().Run(
      "UPDATE operations SET hold_state = 'HELD' WHERE hold_state IS NOT NULL");
  const OrderId unwanted = NewOrder();
  ASSERT_THAT(process_.Handle({Void(unwanted)}), IsOk());
  HoldBehindOurBack(unwanted);

  const std::vector<std::string> planned = PlannedEffects();
  EXPECT_EQ(Actions(), 0) << "a dry run records nothing";
  process_.Reconcile();
  ASSERT_THAT(process_.StoreOutcomes(2), IsOk());
  process_.Reconcile();
  const auto actions = process_.actions().List({.limit = 10});

  ASSERT_THAT(actions, IsOk());
  ASSERT_EQ(actions->size(), 2u) << "a run that closes nothing records nothing";
  for (const ReconciliationAction& action : *actions) {
    EXPECT_EQ(action.mandate.actor, "ann");
    EXPECT_EQ(action.mandate.reason, "ticket 7");
    EXPECT_FALSE(action.mandate.request_id.empty());
    EXPECT_THAT(planned, Contains(action.effects)) << "as the dry run had said";
  }
  const ReconciliationAction& sent_again = (*actions)[1];
  EXPECT_EQ(sent_again.difference.payment_reference, lost.value());
  EXPECT_EQ(sent_again.difference.difference, DifferenceClass::kMissingAtProvider);
  EXPECT_EQ(sent_again.difference.kind, OperationKind::kVoid);
  EXPECT_EQ(sent_again.difference.remedy, Remedy::kSendAgain);
  EXPECT_EQ(sent_again.provider_reference, "");
  const ReconciliationAction& lifted = (*actions)[0];
  EXPECT_EQ(lifted.difference.payment_reference, unwanted.value());
  EXPECT_EQ(lifted.difference.remedy, Remedy::kVoidHold);
  EXPECT_EQ(lifted.difference.reason, "the provider holds 42.00 EUR; the payment is VOIDED here");
  EXPECT_EQ(lifted.effects,
            "payment VOIDED -> VOIDING; AUTHORIZE none -> SUCCEEDED; VOID none -> REQUESTED; sends "
            "VOID under the key '" +
                unwanted.value() + ":VOID'");
  EXPECT_NE(lifted.provider_reference, "");
  const auto older =
      process_.actions().List({.payment_reference = "", .before = lifted.action_id, .limit = 10});
  ASSERT_THAT(older, IsOk());
  ASSERT_EQ(older->size(), 1u);
  EXPECT_EQ(older->front().action_id, sent_again.action_id);
  const auto of_one =
      process_.actions().List({.payment_reference = lost.value(), .before = "", .limit = 10});
  ASSERT_THAT(of_one, IsOk());
  ASSERT_EQ(of_one->size(), 1u);
  EXPECT_EQ(of_one->front().action_id, sent_again.action_id);
}

}  // namespace
}  // namespace orderflow::payment::testing
