// Proves the checker on the real schemas: what one correct confirmed order leaves in five databases
// is accepted, and each planted damage, done in SQL, is found under its own name.
#include "tools/verify/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "libs/testing/status_matchers.h"
#include "tests/integration/verify/verification_fixture.h"

namespace orderflow::verify {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

class VerificationTest : public VerificationFixture {
 protected:
  // Names of the broken promises.
  std::set<std::string> Broken() { return BrokenOf(databases()); }
  static std::set<std::string> BrokenOf(const Databases& databases) {
    const auto result = Verify(databases, {.quiesced = true, .pending_mail_ok = false});
    EXPECT_THAT(result, orderflow::testing::IsOk());
    return result.ok() ? BrokenIn(*result) : std::set<std::string>();
  }

  const OrderIds order_ = AddConfirmed();
};

TEST_F(VerificationTest, AcceptsACorrectOrder) { EXPECT_THAT(Broken(), IsEmpty()); }

TEST_F(VerificationTest, FindsMoneyThatIsMissingOrTooMuch) {
  provider_.Run("UPDATE operations SET amount_minor = 499 WHERE kind = 'CAPTURE'");
  EXPECT_THAT(Broken(), Contains("money.net_capture_matches_state"));
  EXPECT_THAT(Broken(), Contains("money.ledger_equals_books"));

  provider_.Run("DELETE FROM operations WHERE kind = 'CAPTURE'");
  EXPECT_THAT(Broken(), Contains("money.no_hold_left"));
}

TEST_F(VerificationTest, TakesTheLedgerAtItsWordWithoutTheProvidersBooks) {
  Databases without = databases();
  without.provider = nullptr;
  provider_.Run("DELETE FROM operations");
  EXPECT_THAT(BrokenOf(without), IsEmpty());
  EXPECT_THAT(Broken(), Contains("money.ledger_equals_books"));

  payments_.Run("UPDATE ledger_transfers SET amount_minor = 499");
  EXPECT_THAT(BrokenOf(without), Contains("money.net_capture_matches_state"));
}

TEST_F(VerificationTest, FindsACaptureWithoutAnOrder) {
  provider_.Run("UPDATE operations SET payment_reference = gen_random_uuid()::text");

  EXPECT_THAT(Broken(), Contains("orders.nothing_without_an_order"));
}

TEST_F(VerificationTest, FindsAnOrderThatWasLost) {
  orders_.Run("DELETE FROM orders");

  EXPECT_THAT(Broken(), Contains("orders.nothing_without_an_order"));
}

// No check of the database sees to this (docs/adr/0037).
TEST_F(VerificationTest, FindsAHistoryThatDoesNotFitItsOrder) {
  const std::string placed = R"({"sequence": 1, "state": "PENDING"})";
  const std::string confirmed = R"({"sequence": 2, "state": "CONFIRMED"})";
  const std::string again = R"({"sequence": 3, "state": "CONFIRMED"})";
  for (const std::string& history :
       {placed, placed + "," + again, placed + "," + confirmed + "," + again, std::string()}) {
    orders_.Run("UPDATE orders SET history = '[" + history + "]'");

    EXPECT_THAT(Broken(), Contains("orders.history_without_gaps")) << history;
  }
}

TEST_F(VerificationTest, FindsStockThatDoesNotAddUp) {
  inventory_.Run("UPDATE items SET on_hand = on_hand + 1 WHERE sku = 'A'");
  EXPECT_THAT(Broken(), Contains("stock.received_is_on_hand_or_sold"));

  inventory_.Run("UPDATE items SET reserved = 1 WHERE sku = 'A'");
  EXPECT_THAT(Broken(), Contains("stock.reserved_is_promised"));

  inventory_.Run("UPDATE reservations SET quantities = '{1,1}'");
  EXPECT_THAT(Broken(), Contains("stock.reservation_matches_state"));
}

TEST_F(VerificationTest, FindsWhatTheCustomerWasNotTold) {
  notifications_.Run("DELETE FROM notifications");

  EXPECT_THAT(Broken(), Contains("notifications.match_outcome"));
}

TEST_F(VerificationTest, FindsWhatIsStillUnderWay) {
  const std::string waiting =
      "INSERT INTO outbox (batch_id, message_ids, topics, message_keys, message_types, sequences, "
      "traceparents, headers, payloads) SELECT id, ARRAY[id], '{order.events}', '{k}', '{t}', "
      "'{1}', "
      "'{\"\"}', '{NULL}', '{\"\"}' FROM gen_random_uuid() AS id";
  orders_.Run(waiting);
  notifications_.Run(waiting);
  orders_.Run("UPDATE sagas SET state = 'RUNNING'");
  payments_.Run(
      "UPDATE payments SET next_action_time = now(), "
      "operations = replace(operations::text, 'SUCCEEDED', 'UNKNOWN')::json");
  notifications_.Run("UPDATE notifications SET state = 'PENDING', next_attempt_time = now()");

  const std::set<std::string> broken = Broken();

  EXPECT_THAT(broken, Contains("quiet.order_outbox_empty"));
  EXPECT_THAT(broken, Contains("quiet.notification_outbox_empty"));
  EXPECT_THAT(broken, Contains("quiet.sagas_ended"));
  EXPECT_THAT(broken, Contains("orders.saga_matches_state"));
  EXPECT_THAT(broken, Contains("quiet.provider_operations_final"));
  EXPECT_THAT(broken, Contains("quiet.notifications_final"));
}

// Events that were late arrive between the look for what is under way and the checks.
TEST(OnlyNotificationsAreBehind, AlsoWhenTheyHaveJustBegunToArrive) {
  VerificationResult result;
  result.findings.resize(3);
  result.findings[0].name = "money.one_capture";
  result.findings[1].name = "notifications.match_outcome";
  result.findings[1].violations = 3;
  result.findings[2].name = "quiet.notifications_final";
  result.findings[2].violations = 2;
  EXPECT_TRUE(OnlyNotificationsAreBehind(result));

  result.findings[0].violations = 1;
  EXPECT_FALSE(OnlyNotificationsAreBehind(result));
}

TEST_F(VerificationTest, ReadsMoreOrdersThanOnePage) {
  orders_.Run(R"sql(
    INSERT INTO orders SELECT gen_random_uuid(), customer_id, state, sequence, currency_code, total_minor, email,
      payment_method_token, lines, history, saga_id, cancel_request_id, create_time, update_time
    FROM orders, generate_series(1, 6000))sql");
  const auto result = Verify(databases(), {.quiesced = true, .pending_mail_ok = false});

  ASSERT_THAT(result, orderflow::testing::IsOk());
  EXPECT_EQ(result->orders, 6001);
  for (const Finding& finding : result->findings) {
    if (finding.name == "money.net_capture_matches_state") {
      EXPECT_EQ(finding.violations, 6000) << "unpaid copies, and the original is fine";
    }
  }
}

}  // namespace
}  // namespace orderflow::verify
