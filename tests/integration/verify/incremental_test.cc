// Proves that incremental runs read what has changed and nothing else, miss nothing that a whole
// run would find about it, also when a transaction commits late, and raise no alarm about an order
// that is just moving.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "libs/base/status_macros.h"
#include "libs/postgres/transaction.h"
#include "libs/testing/status_matchers.h"
#include "tests/integration/verify/verification_fixture.h"

namespace orderflow::verify {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;

class IncrementalTest : public VerificationFixture {
 protected:
  IncrementalTest() {
    demands_.second_look.wait = [](Duration) {};
  }

  // The next run; it ends at once instead of waiting between two looks.
  VerificationResult RunNext() {
    auto result = VerifyChanges(databases(), demands_, checkpoint_);
    EXPECT_THAT(result, orderflow::testing::IsOk());
    return result.ok() ? *std::move(result) : VerificationResult{};
  }

  Demands demands_;
  Checkpoint checkpoint_;
};

TEST_F(IncrementalTest, ReadsOrdersAgainOnlyWhenSomethingBegins) {
  for (int i = 0; i < 20; ++i) {
    AddConfirmed();
  }
  const VerificationResult first = RunNext();
  EXPECT_TRUE(first.whole);
  EXPECT_EQ(first.orders, 20);
  EXPECT_THAT(BrokenIn(first), IsEmpty());

  EXPECT_EQ(RunNext().orders, 0);

  AddConfirmed();
  const VerificationResult third = RunNext();
  EXPECT_FALSE(third.whole);
  EXPECT_EQ(third.orders, 1);
  EXPECT_THAT(BrokenIn(third), IsEmpty());
  EXPECT_EQ(RunNext().orders, 0) << "settled, though still in the window";
}

TEST_F(IncrementalTest, ReadsEverythingOnceWhenTheProvidersBooksComeToHand) {
  AddConfirmed();
  Databases without = databases();
  without.provider = nullptr;
  ASSERT_THAT(VerifyChanges(without, demands_, checkpoint_), orderflow::testing::IsOk());
  const auto again = VerifyChanges(without, demands_, checkpoint_);
  ASSERT_THAT(again, orderflow::testing::IsOk());
  EXPECT_FALSE(again->whole);

  EXPECT_TRUE(RunNext().whole);
  EXPECT_FALSE(RunNext().whole);
}

TEST_F(IncrementalTest, FollowsAnOrderUntilItIsSettled) {
  const OrderIds order = AddConfirmed();
  orders_.Run("UPDATE orders SET state = 'PENDING'; UPDATE sagas SET state = 'RUNNING'");
  notifications_.Run("DELETE FROM notifications");
  orders_.Run(
      "UPDATE orders SET sequence = 1, history = '[{\"sequence\": 1, \"state\": \"PENDING\"}]'");
  RunNext();
  EXPECT_EQ(RunNext().orders, 1) << "under way";

  orders_.Run(
      "UPDATE orders SET state = 'CONFIRMED', sequence = 2, history = "
      "'[{\"sequence\": 1, \"state\": \"PENDING\"}, {\"sequence\": 2, \"state\": \"CONFIRMED\"}]'");
  orders_.Run("UPDATE sagas SET state = 'COMPLETED'");
  EXPECT_EQ(RunNext().orders, 1) << "not told yet";

  Run(notifications_,
      "INSERT INTO notifications VALUES (gen_random_uuid(), '$order', 'order_confirmed', 'email', "
      "'ann', 'a@example.com', 's', 'b', 'SENT', 1, NULL, NULL, NULL, '', now(), now())",
      order);
  const VerificationResult told = RunNext();
  EXPECT_EQ(told.orders, 1);
  EXPECT_THAT(BrokenIn(told), IsEmpty());
  EXPECT_EQ(RunNext().orders, 0);
}

TEST_F(IncrementalTest, SeesAnOrderAgainThatIsCancelledLater) {
  const OrderIds order = AddConfirmed();
  AddConfirmed();
  RunNext();

  Cancel(order, NewIds().saga_id);
  const VerificationResult cancelled = RunNext();

  EXPECT_EQ(cancelled.orders, 1);
  EXPECT_THAT(BrokenIn(cancelled), IsEmpty()) << "the stock adds up, too";
  EXPECT_EQ(RunNext().orders, 0);
  EXPECT_THAT(BrokenIn(RunNext()), IsEmpty());
}

TEST_F(IncrementalTest, FindsDamageBetweenTwoRunsAndReportsItUntilItIsRepaired) {
  const OrderIds order = AddConfirmed();
  EXPECT_THAT(BrokenIn(RunNext()), IsEmpty());

  Run(provider_,
      "INSERT INTO operations SELECT '$saga', '$order:REFUND', '', '$order', 'REFUND', "
      "'SUCCEEDED', '', 'EUR', 500, now()",
      {order.order_id, NewIds().saga_id});
  EXPECT_THAT(BrokenIn(RunNext()), Contains("money.net_capture_matches_state"));
  EXPECT_THAT(BrokenIn(RunNext()), Contains("money.net_capture_matches_state"));

  provider_.Run("DELETE FROM operations WHERE kind = 'REFUND'");
  EXPECT_THAT(BrokenIn(RunNext()), IsEmpty());
  EXPECT_EQ(RunNext().orders, 0);
}

TEST_F(IncrementalTest, FindsWhatMovedForAnOrderThatIsNotThere) {
  RunNext();
  const OrderIds order = AddConfirmed();
  orders_.Run("DELETE FROM orders");

  const std::set<std::string> broken = BrokenIn(RunNext());

  EXPECT_THAT(broken, Contains("orders.nothing_without_an_order"));
  EXPECT_THAT(broken, Contains("orders.accepted_exist"));
}

TEST_F(IncrementalTest, FindsStockThatDoesNotAddUpWithoutReadingSettledOrders) {
  AddConfirmed();
  RunNext();

  inventory_.Run("UPDATE items SET on_hand = on_hand + 1 WHERE sku = 'A'");
  const VerificationResult result = RunNext();

  EXPECT_EQ(result.orders, 0);
  EXPECT_THAT(BrokenIn(result), ElementsAre("stock.received_is_on_hand_or_sold"));
}

TEST_F(IncrementalTest, DoesNotMissATransactionThatCommitsLate) {
  AddConfirmed();
  RunNext();
  static constexpr postgres::Statement kAccept{"test_accept_order",
                                               "INSERT INTO orders SELECT $1::uuid, customer_id, "
                                               "state, sequence, currency_code, total_minor, "
                                               "email, payment_method_token, lines, history, "
                                               "$1::uuid, NULL, now(), now() FROM orders LIMIT 1"};
  postgres::PoolOptions options = orders_.PoolOptions();
  options.size_max = 1;
  postgres::Pool other(options);

  const absl::Status committed =
      other.RunInTransaction([&](postgres::Transaction& transaction) -> absl::Status {
        postgres::Params params;
        params.Text(NewIds().order_id);
        RETURN_IF_ERROR(transaction.Execute(kAccept, params).status());
        AddConfirmed();
        EXPECT_EQ(RunNext().orders, 1) << "only the one that has committed";
        EXPECT_EQ(RunNext().orders, 0);
        return absl::OkStatus();
      });

  ASSERT_THAT(committed, orderflow::testing::IsOk());
  const VerificationResult result = RunNext();
  EXPECT_EQ(result.orders, 1);
  EXPECT_THAT(BrokenIn(result), Contains("money.net_capture_matches_state"));
}

TEST_F(IncrementalTest, DoesNotReportAnOrderThatHasMovedOnAtTheSecondLook) {
  AddConfirmed();
  provider_.Run(
      "UPDATE operations SET outcome = 'DECLINED', decline_code = 'x' WHERE kind = 'CAPTURE'");
  int looks = 0;
  demands_.second_look.wait = [&](Duration) {
    ++looks;
    provider_.Run("UPDATE operations SET outcome = 'SUCCEEDED', decline_code = ''");
  };

  EXPECT_THAT(BrokenIn(RunNext()), IsEmpty());
  EXPECT_EQ(looks, 1);
}

TEST_F(IncrementalTest, ReportsWhatIsTheSameAtTheSecondLook) {
  AddConfirmed();
  provider_.Run(
      "UPDATE operations SET outcome = 'DECLINED', decline_code = 'x' WHERE kind = 'CAPTURE'");
  int looks = 0;
  demands_.second_look.wait = [&](Duration) { ++looks; };

  EXPECT_THAT(BrokenIn(RunNext()), Contains("money.net_capture_matches_state"));
  EXPECT_EQ(looks, 1);
}

TEST_F(IncrementalTest, LeavesAnOrderThatMovesAtEveryLookToTheNextRun) {
  const OrderIds order = AddConfirmed();
  int looks = 0;
  demands_.second_look.wait = [&](Duration) {
    provider_.Run("UPDATE operations SET amount_minor = 1 + " + std::to_string(++looks) +
                  " WHERE kind = 'CAPTURE'");
  };
  provider_.Run("UPDATE operations SET amount_minor = 1 WHERE kind = 'CAPTURE'");

  EXPECT_THAT(BrokenIn(RunNext()), ElementsAre("orders.undecided"));
  EXPECT_EQ(looks, demands_.second_look.looks_max - 1);
  EXPECT_THAT(checkpoint_.unsettled, ElementsAre(order.order_id));
}

TEST_F(IncrementalTest, ReadsEverythingWhenADatabaseHasGoneBackBehindTheCheckpoint) {
  AddConfirmed();
  RunNext();
  EXPECT_FALSE(RunNext().whole);

  checkpoint_.positions.at("inventory").snapshot = "4000000000:4000000000:";

  EXPECT_TRUE(RunNext().whole);
  EXPECT_FALSE(RunNext().whole);
}

TEST_F(IncrementalTest, ReadsEverythingWhenTooMuchHasChanged) {
  RunNext();
  AddConfirmed();
  AddConfirmed();
  demands_.changed_orders_max = 1;

  const VerificationResult result = RunNext();

  EXPECT_TRUE(result.whole);
  EXPECT_EQ(result.orders, 2);
}

// Found by a review: three hours of `orderctl step pause` were a violation per waiting order.
TEST_F(IncrementalTest, GivesAnOrderMoreTimeWhileAPersonHasPausedItsStep) {
  AddConfirmed();
  orders_.Run(
      "UPDATE orders SET state = 'PENDING'; UPDATE sagas SET state = 'RUNNING', create_time = "
      "now() - interval '4 h', steps = '[{\"name\": \"reserve_stock\", \"state\": \"DONE\"}, "
      "{\"name\": \"authorize_payment\", \"state\": \"EXECUTING\"}]'");
  const auto act = [&](const std::string& action, const std::string& step) {
    orders_.Run(
        "INSERT INTO step_actions (request_id, definition, step, action, actor, reason) "
        "VALUES (gen_random_uuid(), 'place_order', '" +
        step + "', '" + action + "', 'ann', 'why')");
  };
  EXPECT_THAT(BrokenIn(RunNext()), Contains("orders.end_in_time"));

  act("PAUSE", "reserve_stock");
  EXPECT_THAT(BrokenIn(RunNext()), Contains("orders.end_in_time")) << "it is past that step";
  act("PAUSE", "authorize_payment");
  EXPECT_THAT(BrokenIn(RunNext()), Not(Contains("orders.end_in_time")));
  act("RESUME", "authorize_payment");
  EXPECT_THAT(BrokenIn(RunNext()), Contains("orders.end_in_time"));
}

// Each lateness that an operator must hear of, planted one by one.
TEST_F(IncrementalTest, FindsWhatIsLateAndShowsWhatIsParked) {
  const OrderIds order = AddConfirmed();
  EXPECT_THAT(BrokenIn(RunNext()), IsEmpty());
  const std::string outbox =
      "INSERT INTO outbox (batch_id, message_ids, topics, message_keys, message_types, sequences, "
      "traceparents, headers, payloads, create_time) "
      "SELECT id, ARRAY[id, gen_random_uuid()], '{t,t}', '{$order,$order}', '{m,m}', SEQUENCES, "
      "'{\"\",\"\"}', '{NULL,NULL}', '{\"\",\"\"}', now() - interval 'AGE s' "
      "FROM gen_random_uuid() AS id";
  const auto waiting = [&](const std::string& sequences, const std::string& age) {
    std::string sql = outbox;
    sql.replace(sql.find("SEQUENCES"), 9, sequences).replace(sql.find("AGE"), 3, age);
    return sql;
  };
  struct Lateness {
    testing::TemporaryDatabase& database;
    std::string damage;
    std::string repair;
    const char* name;
  };
  const std::vector<Lateness> cases = {
      {payments_, waiting("'{0,0}'", "61"), "DELETE FROM outbox", "outbox.payments_not_stuck"},
      {inventory_, waiting("'{0,0}'", "61"), "DELETE FROM outbox", "outbox.inventory_not_stuck"},
      {notifications_, waiting("'{0,0}'", "61"), "DELETE FROM outbox",
       "outbox.notifications_not_stuck"},
      {orders_, waiting("'{1,2}'", "61"), "DELETE FROM outbox", "outbox.orders_not_stuck"},
      {orders_, waiting("'{2,3}'", "0"), "DELETE FROM outbox", "outbox.sequence_without_gaps"},
      {orders_, waiting("'{1,1}'", "0"), "DELETE FROM outbox", "outbox.sequence_without_gaps"},
      {orders_,
       "UPDATE orders SET sequence = 3, history = '[{\"sequence\": 1, \"state\": \"PENDING\"}, "
       "{\"sequence\": 2, \"state\": \"PENDING\"}, {\"sequence\": 3, \"state\": \"CONFIRMED\"}]';" +
           waiting("'{1,3}'", "0"),
       "DELETE FROM outbox", "outbox.sequence_without_gaps"},
      {orders_, "UPDATE sagas SET state = 'RUNNING', next_action_time = now() - interval '61 s'",
       "UPDATE sagas SET state = 'COMPLETED', next_action_time = NULL", "sagas.act_in_time"},
      {orders_, "UPDATE sagas SET state = 'NEEDS_ATTENTION'",
       "UPDATE sagas SET state = 'COMPLETED'", "sagas.parked"},
      {orders_, "UPDATE sagas SET state = 'RUNNING', hold = 'PAUSED'",
       "UPDATE sagas SET state = 'COMPLETED', hold = 'NONE'", "sagas.parked"},
      {payments_,
       "UPDATE payments SET next_action_time = now() - interval '61 s', "
       "operations = replace(operations::text, 'SUCCEEDED', 'UNKNOWN')::json",
       "UPDATE payments SET next_action_time = NULL, "
       "operations = replace(operations::text, 'UNKNOWN', 'SUCCEEDED')::json",
       "money.operations_act_in_time"},
      {payments_,
       "INSERT INTO reconciliation_findings VALUES (gen_random_uuid(), '$order', 'ORPHAN_HOLD', "
       "'AUTHORIZE', '', 'why')",
       "DELETE FROM reconciliation_findings", "money.parked_differences"},
      {inventory_,
       "INSERT INTO reservations SELECT gen_random_uuid(), saga_id, 'RESERVED', skus, quantities, "
       "NULL, '{}', now() - interval '61 s', 1, now(), now() FROM reservations",
       "DELETE FROM reservations WHERE state = 'RESERVED'", "stock.reservations_expire_in_time"},
      {notifications_,
       "UPDATE notifications SET state = 'PENDING', next_attempt_time = now(), create_time = now() "
       "- "
       "interval '901 s'",
       "UPDATE notifications SET state = 'SENT', next_attempt_time = NULL",
       "notifications.sent_in_time"},
      {notifications_, "UPDATE notifications SET state = 'PARKED', last_error = 'x'",
       "UPDATE notifications SET state = 'SENT'", "notifications.parked"},
  };
  for (const Lateness& lateness : cases) {
    EXPECT_THAT(BrokenIn(RunNext()), Not(Contains(lateness.name)));
    Run(lateness.database, lateness.damage, order);
    EXPECT_THAT(BrokenIn(RunNext()), Contains(lateness.name)) << lateness.damage;
    Run(lateness.database, lateness.repair, order);
  }
}

}  // namespace
}  // namespace orderflow::verify
