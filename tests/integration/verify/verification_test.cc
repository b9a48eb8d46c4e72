// Proves the checker on the real schemas: what one correct confirmed order leaves in five databases
// is accepted, and each planted damage, done in SQL, is found under its own name.
#include "tools/verify/verification.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "libs/testing/postgres/temporary_database.h"
#include "libs/testing/status_matchers.h"
#include "migrations/inbox_migrations.h"
#include "migrations/inventory_migrations.h"
#include "migrations/notification_migrations.h"
#include "migrations/order_migrations.h"
#include "migrations/outbox_migrations.h"
#include "migrations/payment_migrations.h"
#include "migrations/provider_migrations.h"

namespace orderflow::verify {
namespace {

using ::testing::Contains;
using ::testing::IsEmpty;

constexpr char kOrder[] = "01a20e1c-706d-70c9-ba77-4b4d195db9d4";
constexpr char kSaga[] = "01a20e1c-706d-70c9-ba77-4b4d195db9d5";

constexpr char kOrders[] = R"sql(
INSERT INTO orders VALUES ('01a20e1c-706d-70c9-ba77-4b4d195db9d4', 'ann', 'CONFIRMED', 2, 'EUR', 500, 'a@example.com', '',
  '[{"sku": "B", "quantity": 2, "unit_price_minor": 200}, {"sku": "A", "quantity": 1, "unit_price_minor": 100}]',
  '[{"state": "PENDING"}, {"state": "CONFIRMED"}]', '01a20e1c-706d-70c9-ba77-4b4d195db9d5', NULL, now(), now());
INSERT INTO idempotency_keys (customer_id, request_id, body_hash, order_id, create_time)
VALUES ('ann', gen_random_uuid(), repeat('a', 64), '01a20e1c-706d-70c9-ba77-4b4d195db9d4', now());
INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from, steps, refusal, traceparent,
                   version, create_time, update_time)
VALUES ('01a20e1c-706d-70c9-ba77-4b4d195db9d5', '01a20e1c-706d-70c9-ba77-4b4d195db9d4', 'place_order', 1, 'COMPLETED',
        'RUNNING', '[]', '', '', 5, now(), now());
)sql";

constexpr char kPayments[] = R"sql(
INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, decline_code, void_requested, version)
VALUES ('01a20e1c-706d-70c9-ba77-4b4d195db9d4', 'ann', 'EUR', 500, 'CAPTURED', '', FALSE, 4);
INSERT INTO payment_operations (order_id, kind, idempotency_key, state, provider_reference, decline_code, attempts,
                                last_error, saga_id, step, compensation, attempt, traceparent)
SELECT order_id, kind, order_id || ':' || kind, 'SUCCEEDED', 'r', '', 1, '', order_id, 's', FALSE, 1, ''
FROM payments, unnest(ARRAY['AUTHORIZE', 'CAPTURE']) AS kind;
INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor)
VALUES ('01a20e1c-706d-70c9-ba77-4b4d195db9d4', 'CAPTURE', 'cash', 'sales', 'EUR', 500);
)sql";

constexpr char kInventory[] = R"sql(
INSERT INTO items SELECT sku, 'Item', 'EUR', 100, 10 - sold, 0, now(), now()
FROM (VALUES ('A', 1), ('B', 2)) AS line(sku, sold);
INSERT INTO stock_adjustments SELECT gen_random_uuid(), sku, 10, 'received', repeat('a', 64), now() FROM items;
INSERT INTO reservations (order_id, saga_id, state, skus, quantities, refusal_skus, version, create_time, update_time)
VALUES ('01a20e1c-706d-70c9-ba77-4b4d195db9d4', gen_random_uuid(), 'COMMITTED', '{B,A}', '{2,1}', '{}', 2, now(), now());
)sql";

constexpr char kNotifications[] = R"sql(
INSERT INTO notifications (notification_id, order_id, event, channel, customer_id, recipient, subject, body, state,
                           attempts, last_error, create_time, update_time)
VALUES (gen_random_uuid(), '01a20e1c-706d-70c9-ba77-4b4d195db9d4', 'order_confirmed', 'email', 'ann', 'a@example.com',
        's', 'b', 'SENT', 1, '', now(), now());
)sql";

constexpr char kProvider[] = R"sql(
INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time)
SELECT gen_random_uuid(), kind, '', '01a20e1c-706d-70c9-ba77-4b4d195db9d4', kind, 'SUCCEEDED', '', 'EUR', 500, now()
FROM unnest(ARRAY['AUTHORIZE', 'CAPTURE']) AS kind;
)sql";

class VerificationTest : public ::testing::Test {
 protected:
  VerificationTest() {
    orders_.Run(kOrders);
    payments_.Run(kPayments);
    inventory_.Run(kInventory);
    notifications_.Run(kNotifications);
    provider_.Run(kProvider);
  }

  // Names of the broken promises.
  std::set<std::string> Broken() {
    postgres::Pool orders(orders_.PoolOptions());
    postgres::Pool payments(payments_.PoolOptions());
    postgres::Pool inventory(inventory_.PoolOptions());
    postgres::Pool notifications(notifications_.PoolOptions());
    postgres::Pool provider(provider_.PoolOptions());
    const auto result = Verify({orders, payments, inventory, notifications, provider},
                               {.quiesced = true, .pending_mail_ok = false});
    EXPECT_THAT(result, orderflow::testing::IsOk());
    std::set<std::string> broken;
    for (const Finding& finding : result.ok() ? result->findings : std::vector<Finding>()) {
      if (finding.violations > 0) {
        broken.insert(finding.name);
      }
    }
    return broken;
  }

  testing::TemporaryDatabase orders_{{&migrations::OutboxMigrations(),
                                      &migrations::InboxMigrations(),
                                      &migrations::OrderMigrations()}};
  testing::TemporaryDatabase payments_{{&migrations::OutboxMigrations(),
                                        &migrations::InboxMigrations(),
                                        &migrations::PaymentMigrations()}};
  testing::TemporaryDatabase inventory_{{&migrations::OutboxMigrations(),
                                         &migrations::InboxMigrations(),
                                         &migrations::InventoryMigrations()}};
  testing::TemporaryDatabase notifications_{
      {&migrations::InboxMigrations(), &migrations::NotificationMigrations()}};
  testing::TemporaryDatabase provider_{{&migrations::ProviderMigrations()}};
};

TEST_F(VerificationTest, AcceptsACorrectOrder) { EXPECT_THAT(Broken(), IsEmpty()); }

TEST_F(VerificationTest, FindsMoneyThatIsMissingOrTooMuch) {
  provider_.Run("UPDATE operations SET amount_minor = 499 WHERE kind = 'CAPTURE'");
  EXPECT_THAT(Broken(), Contains("money.net_capture_matches_state"));
  EXPECT_THAT(Broken(), Contains("money.ledger_equals_books"));

  provider_.Run("DELETE FROM operations WHERE kind = 'CAPTURE'");
  EXPECT_THAT(Broken(), Contains("money.no_hold_left"));
}

TEST_F(VerificationTest, FindsACaptureWithoutAnOrder) {
  provider_.Run("UPDATE operations SET payment_reference = gen_random_uuid()::text");

  EXPECT_THAT(Broken(), Contains("orders.nothing_without_an_order"));
}

TEST_F(VerificationTest, FindsAnOrderThatWasLost) {
  orders_.Run("DELETE FROM orders");

  EXPECT_THAT(Broken(), Contains("orders.nothing_without_an_order"));
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
  orders_.Run(
      "INSERT INTO outbox (batch_id, message_ids, topics, message_keys, message_types, sequences, "
      "traceparents, headers, payloads) SELECT id, ARRAY[id], '{order.events}', '{k}', '{t}', "
      "'{1}', "
      "'{\"\"}', '{NULL}', '{\"\"}' FROM gen_random_uuid() AS id");
  orders_.Run(std::string("UPDATE sagas SET state = 'RUNNING' WHERE saga_id = '") + kSaga + "'");
  payments_.Run(
      "UPDATE payment_operations SET state = 'UNKNOWN', next_action_time = now() WHERE kind = "
      "'CAPTURE'");
  notifications_.Run("UPDATE notifications SET state = 'PENDING', next_attempt_time = now()");

  const std::set<std::string> broken = Broken();

  EXPECT_THAT(broken, Contains("quiet.order_outbox_empty"));
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
  orders_.Run(std::string(R"sql(
    INSERT INTO orders SELECT gen_random_uuid(), customer_id, state, sequence, currency_code, total_minor, email,
      payment_method_token, lines, history, saga_id, cancel_request_id, create_time, update_time
    FROM orders, generate_series(1, 6000) WHERE order_id = ')sql") +
              kOrder + "'");
  postgres::Pool orders(orders_.PoolOptions());
  postgres::Pool payments(payments_.PoolOptions());
  postgres::Pool inventory(inventory_.PoolOptions());
  postgres::Pool notifications(notifications_.PoolOptions());
  postgres::Pool provider(provider_.PoolOptions());

  const auto result = Verify({orders, payments, inventory, notifications, provider}, {});

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
