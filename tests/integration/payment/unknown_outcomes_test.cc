// Proves the promise about money at scale: thousands of calls that take effect and are never
// answered, outcomes that die with their process, intents that a failover loses; and in the end no
// order is captured twice, no hold stands that nobody wants, and the ledger equals the books.
//
//   ORDERFLOW_TEST_TIMED_OUT_CALLS=100000 <test binary> --gtest_filter='UnknownOutcomes.*'
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "libs/testing/status_matchers.h"
#include "tests/integration/payment/payment_process.h"
#include "tests/integration/payment/provider_process.h"

namespace orderflow::payment::testing {
namespace {

using ::orderflow::testing::IsOk;

constexpr size_t kOrdersPerRound = 200;
constexpr int64_t kTimedOutCallsDefault = 2000;
constexpr int kResolverRoundsMax = 100;  // far more than what is open needs

int64_t TimedOutCallsWanted() {
  const char* text = std::getenv("ORDERFLOW_TEST_TIMED_OUT_CALLS");
  int64_t wanted = kTimedOutCallsDefault;
  if (text != nullptr) {
    const std::string_view view(text);
    std::from_chars(view.data(), view.data() + view.size(), wanted);
  }
  return wanted;
}

class UnknownOutcomes : public ::testing::Test {
 protected:
  // Hands the commands over, hears their outcomes, and loses every tenth.
  void Step(const std::vector<messaging::Record>& commands) {
    ASSERT_THAT(process_.Handle(commands), IsOk());
    const std::vector<CallOutcome> heard = process_.TakeOutcomes(commands.size());
    ASSERT_EQ(heard.size(), commands.size());
    std::vector<CallOutcome> stored;
    for (size_t i = 0; i < heard.size(); ++i) {
      const bool timed_out = heard[i].error.find("DEADLINE_EXCEEDED") != std::string::npos;
      timed_out_ += timed_out ? 1 : 0;
      if (i % 10 != 0) {
        stored.push_back(heard[i]);
      }
    }
    ASSERT_THAT(process_.Store(stored), IsOk());
    ResolveAll();
  }

  void ResolveAll() {
    for (int round = 0; round < kResolverRoundsMax; ++round) {
      if (Ours("SELECT count(*) FROM payments WHERE next_action_time IS NOT NULL") == 0) {
        return;
      }
      database_.LetTimePass();
      const auto claimed = process_.resolver().ResolveDue();
      ASSERT_THAT(claimed, IsOk());
      ASSERT_THAT(process_.StoreOutcomes(std::max<size_t>(*claimed, 1)), IsOk());
    }
    FAIL() << "operations are still open";
  }

  // A failover to a replica that never got the intent: the provider holds, we know nothing.
  void LosePayment(const OrderId& order) {
    database_.raw().Run("DELETE FROM payments WHERE order_id = '" + order.value() + "'");
  }

  // 200 orders: each 20th is lost, a third is voided, a third captured, a third refunded.
  void Round() {
    std::vector<messaging::Record> authorizations;
    std::vector<messaging::Record> ends;
    std::vector<messaging::Record> refunds;
    std::vector<OrderId> lost;
    for (size_t i = 0; i < kOrdersPerRound; ++i) {
      const OrderId order = NewOrder();
      authorizations.push_back(Authorize(order, "tok_timeout", 1000 + static_cast<int64_t>(i)));
      if (i % 20 == 0) {
        lost.push_back(order);
        continue;
      }
      ends.push_back(i % 3 == 0 ? Void(order) : Capture(order));
      if (i % 3 == 1) {
        refunds.push_back(Refund(order));
      }
    }
    Step(authorizations);
    for (const OrderId& order : lost) {
      LosePayment(order);
    }
    Step(ends);
    Step(refunds);
  }

  int64_t Ours(const std::string& sql) { return database_.raw().QueryInt(sql); }
  int64_t Theirs(const std::string& sql) { return provider_.database().QueryInt(sql); }

  // Payments for which the provider has done the same thing more than once: it would, under another
  // key.
  int64_t Doubled(const std::string& kinds) {
    return Theirs("SELECT count(*) FROM (SELECT FROM operations WHERE kind IN (" + kinds +
                  ") AND outcome = 'SUCCEEDED' GROUP BY payment_reference, kind"
                  " HAVING count(*) > 1) AS doubled");
  }
  // Every order of a round ends captured, refunded or voided, so no hold may be left.
  int64_t OrphanHolds() {
    return Theirs("SELECT count(*) FROM operations WHERE hold_state = 'HELD'");
  }

  ProviderProcess provider_;
  PaymentDatabase database_;
  PaymentProcess process_{database_, provider_.address()};
  int64_t timed_out_ = 0;
};

TEST_F(UnknownOutcomes, EndWithoutDoubleCapturesAndOrphanHolds) {
  const int64_t wanted = TimedOutCallsWanted();
  while (timed_out_ < wanted && !HasFatalFailure()) {
    Round();
  }
  EXPECT_EQ(Doubled("'AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND'"), 0);
  ASSERT_FALSE(HasFatalFailure());
  ASSERT_GT(OrphanHolds(), 0) << "the lost intents must have left holds";

  process_.Reconcile();
  ResolveAll();

  EXPECT_THAT(process_.Reconcile(), ::testing::IsEmpty());
  EXPECT_EQ(Doubled("'AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND'"), 0);
  EXPECT_EQ(OrphanHolds(), 0);
  const std::string sums =
      "SELECT string_agg(kind || ' ' || n || ' ' || total, ', ' ORDER BY kind) FROM"
      " (SELECT kind, count(*) AS n, sum(amount_minor) AS total FROM ";
  EXPECT_EQ(database_.raw().QueryText(sums + "ledger_transfers GROUP BY kind) AS sums"),
            provider_.database().QueryText(
                sums + "operations WHERE kind IN ('CAPTURE', 'REFUND') AND outcome = 'SUCCEEDED'"
                       " GROUP BY kind) AS sums"));
  EXPECT_EQ(Ours("SELECT count(*) FROM reconciliation_findings"), 0);
  std::printf("unknown outcomes: timed_out=%lld double_captures=%lld orphan_holds=%lld\n",
              static_cast<long long>(timed_out_), static_cast<long long>(Doubled("'CAPTURE'")),
              static_cast<long long>(OrphanHolds()));
}

}  // namespace
}  // namespace orderflow::payment::testing
