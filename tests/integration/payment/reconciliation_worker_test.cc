// Proves that the background run of the reconciler belongs to one process at a time, goes on where
// a dead process left it, and that one that was taken over changes nothing more; and what the
// runtime role may do to findings.
#include "services/payment/reconciliation/reconciliation_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <stop_token>
#include <string>

#include "libs/testing/status_matchers.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;
using ::orderflow::testing::IsOkAndHolds;
using ::orderflow::testing::StatusIs;
using ::testing::HasSubstr;

constexpr Duration kInterval = std::chrono::hours(1);
constexpr Duration kLease = std::chrono::hours(1);

class ReconciliationWorkerTest : public ::testing::Test {
 protected:
  // A parked difference: a capture that the provider has lost.
  void LoseACapture() {
    const OrderId order = NewOrder();
    for (const messaging::Record& command : {Authorize(order), Capture(order)}) {
      ASSERT_THAT(process_.Handle({command}), IsOk());
      ASSERT_THAT(process_.StoreOutcomes(1), IsOk());
    }
    provider_.database().Run("DELETE FROM operations WHERE kind = 'CAPTURE'");
  }
  absl::Status Execute(const char* sql) {
    return process_.pool().RunInTransaction([&](postgres::Transaction& transaction) {
      return transaction.Execute({"test_statement", sql}).status();
    });
  }
  int64_t Findings() {
    return database_.raw().QueryInt("SELECT count(*) FROM reconciliation_findings");
  }

  ProviderProcess provider_;
  PaymentDatabase database_;
  PaymentProcess process_{database_, provider_.address()};
  PaymentProcess other_{database_, provider_.address()};
  ReconciliationWorker worker_{process_.reconciler(),
                               process_.reconciliation(),
                               process_.metrics(),
                               {.interval = kInterval, .lease = kLease}};
  ReconciliationWorker other_worker_{other_.reconciler(),
                                     other_.reconciliation(),
                                     other_.metrics(),
                                     {.interval = kInterval, .lease = kLease}};
  const std::stop_token never_{};
};

TEST_F(ReconciliationWorkerTest, RunsOncePerIntervalWhoeverAsks) {
  LoseACapture();

  EXPECT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(true));
  EXPECT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(false));
  EXPECT_THAT(other_worker_.RunIfDue(never_), IsOkAndHolds(false));
  EXPECT_EQ(Findings(), 1);
  database_.raw().Run(
      "UPDATE reconciliation_progress SET last_complete_time = now() - interval '2 hours'");
  EXPECT_THAT(other_worker_.RunIfDue(never_), IsOkAndHolds(true));

  const auto figures = process_.reconciliation().Measure();
  ASSERT_THAT(figures, IsOk());
  EXPECT_EQ(figures->open_findings, 1);
  ASSERT_TRUE(figures->last_complete_age.has_value());
  EXPECT_LT(*figures->last_complete_age, std::chrono::minutes(10));
  EXPECT_THAT(
      process_.metrics().Expose(),
      HasSubstr("orderflow_payment_reconcile_differences_total{class=\"MISSING_AT_PROVIDER\""
                ",closure=\"parked\"} 1"));
}

TEST_F(ReconciliationWorkerTest, GoesOnWhereADeadProcessWas) {
  LoseACapture();
  const auto lease = other_.reconciliation().Claim(kInterval, kLease);
  ASSERT_THAT(lease, IsOk());
  ASSERT_TRUE(lease->has_value());
  const auto first = other_.reconciler().RunPage(
      (*lease)->cursor, BackgroundMandate(),
      [&](postgres::Transaction& transaction, const std::string& next) {
        return other_.reconciliation().Advance(transaction, **lease, next, kLease);
      });
  ASSERT_THAT(first, IsOk());
  ASSERT_THAT(first->next_cursor, HasSubstr("/payments/"));
  EXPECT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(false)) << "somebody has it";

  database_.raw().Run("UPDATE reconciliation_progress SET lease_until = now()");

  EXPECT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(true));
  EXPECT_EQ(Findings(), 1);
  EXPECT_EQ(database_.raw().QueryText("SELECT cursor FROM reconciliation_progress"), "");
}

TEST_F(ReconciliationWorkerTest, AProcessThatWasTakenOverChangesNothing) {
  LoseACapture();
  const auto zombie = other_.reconciliation().Claim(kInterval, kLease);
  ASSERT_THAT(zombie, IsOk());
  ASSERT_TRUE(zombie->has_value());
  database_.raw().Run("UPDATE reconciliation_progress SET lease_until = now()");
  const auto heir = process_.reconciliation().Claim(kInterval, kLease);
  ASSERT_THAT(heir, IsOk());
  ASSERT_TRUE(heir->has_value());

  const auto page = other_.reconciler().RunPage(
      "1/payments/", BackgroundMandate(),
      [&](postgres::Transaction& transaction, const std::string& next) {
        return other_.reconciliation().Advance(transaction, **zombie, next, kLease);
      });

  EXPECT_THAT(page, StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(Findings(), 0);
}

TEST_F(ReconciliationWorkerTest, BeginsAgainWhenItsCursorIsOfNoUse) {
  LoseACapture();
  database_.raw().Run("UPDATE reconciliation_progress SET cursor = '1/books/not-their-token'");

  EXPECT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(true));

  EXPECT_EQ(Findings(), 1);
}

TEST_F(ReconciliationWorkerTest, FindingsKeepTheirBeginning) {
  LoseACapture();
  ASSERT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(true));

  EXPECT_FALSE(Execute("DELETE FROM reconciliation_findings").ok());
  EXPECT_FALSE(Execute("UPDATE reconciliation_findings SET first_seen_time = now()").ok());
  EXPECT_FALSE(Execute("UPDATE reconciliation_findings SET class = 'ORPHAN_HOLD'").ok());
  EXPECT_THAT(Execute("UPDATE reconciliation_findings SET close_time = now()"), IsOk());
}

TEST_F(ReconciliationWorkerTest, WhatItClosesIsRecordedForGood) {
  const OrderId order = NewOrder();
  ASSERT_THAT(process_.Handle({Authorize(order)}), IsOk());
  ASSERT_EQ(process_.TakeOutcomes(1).size(), 1u);  // heard, never stored

  ASSERT_THAT(worker_.RunIfDue(never_), IsOkAndHolds(true));

  const auto actions = process_.actions().List({.limit = 10});
  ASSERT_THAT(actions, IsOk());
  ASSERT_EQ(actions->size(), 1u);
  EXPECT_EQ(actions->front().mandate.actor, "reconciler");
  EXPECT_EQ(actions->front().mandate.request_id, "");
  EXPECT_EQ(actions->front().difference.remedy, Remedy::kStoreOutcome);
  EXPECT_FALSE(Execute("DELETE FROM reconciliation_actions").ok());
  EXPECT_FALSE(Execute("UPDATE reconciliation_actions SET actor = 'nobody'").ok());
  EXPECT_FALSE(Execute("TRUNCATE reconciliation_actions").ok());
  EXPECT_FALSE(
      Execute("INSERT INTO reconciliation_actions SELECT gen_random_uuid(), NULL, 'ann', reason,"
              " payment_reference, class, kind, remedy, provider_reference, difference, effects"
              " FROM reconciliation_actions")
          .ok())
      << "a person's run has an id";
}

}  // namespace
}  // namespace orderflow::payment::testing
