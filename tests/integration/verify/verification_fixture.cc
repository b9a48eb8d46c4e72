#include "tests/integration/verify/verification_fixture.h"

#include "absl/strings/str_replace.h"
#include "migrations/inbox_migrations.h"
#include "migrations/inventory_migrations.h"
#include "migrations/notification_migrations.h"
#include "migrations/order_migrations.h"
#include "migrations/outbox_migrations.h"
#include "migrations/payment_migrations.h"
#include "migrations/provider_migrations.h"

namespace orderflow::verify {
namespace {

constexpr char kStock[] = R"sql(
INSERT INTO items SELECT sku, 'Item', 'EUR', 100, 10000, 0, now(), now() FROM unnest(ARRAY['A', 'B']) AS sku;
INSERT INTO stock_adjustments SELECT gen_random_uuid(), sku, 10000, 'received', repeat('a', 64), now() FROM items;
)sql";

constexpr char kOrders[] = R"sql(
INSERT INTO orders VALUES ('$order', 'ann', 'CONFIRMED', 2, 'EUR', 500, 'a@example.com', '',
  '[{"sku": "B", "quantity": 2, "unit_price_minor": 200}, {"sku": "A", "quantity": 1, "unit_price_minor": 100}]',
  '[{"sequence": 1, "state": "PENDING"}, {"sequence": 2, "state": "CONFIRMED"}]', '$saga', NULL, now(), now());
INSERT INTO idempotency_keys (customer_id, request_id, body_hash, order_id, create_time)
VALUES ('ann', gen_random_uuid(), repeat('a', 64), '$order', now());
INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from, steps, refusal, traceparent,
                   version, create_time, update_time)
VALUES ('$saga', '$order', 'place_order', 1, 'COMPLETED', 'RUNNING', '[]', '', '', 5, now(), now());
)sql";

constexpr char kPayments[] = R"sql(
INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, decline_code, void_requested, version,
                      operations)
SELECT '$order', 'ann', 'EUR', 500, 'CAPTURED', '', FALSE, 4,
       json_agg(json_build_object('kind', kind, 'state', 'SUCCEEDED', 'provider_reference', 'r', 'attempts', 1,
                                  'saga_id', '$saga', 'step', 's', 'attempt', 1, 'create_time', now()::text,
                                  'update_time', now()::text))
FROM unnest(ARRAY['AUTHORIZE', 'CAPTURE']) AS kind;
INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor)
VALUES ('$order', 'CAPTURE', 'cash', 'sales', 'EUR', 500);
)sql";

constexpr char kInventory[] = R"sql(
UPDATE items SET on_hand = on_hand - CASE sku WHEN 'A' THEN 1 ELSE 2 END;
INSERT INTO reservations (order_id, saga_id, state, skus, quantities, refusal_skus, version, create_time, update_time)
VALUES ('$order', '$saga', 'COMMITTED', '{B,A}', '{2,1}', '{}', 2, now(), now());
)sql";

constexpr char kNotifications[] = R"sql(
INSERT INTO notifications (notification_id, order_id, event, channel, customer_id, recipient, subject, body, state,
                           attempts, last_error, create_time, update_time)
VALUES ('$saga', '$order', 'order_confirmed', 'email', 'ann', 'a@example.com', 's', 'b', 'SENT', 1, '', now(), now());
)sql";

constexpr char kProvider[] = R"sql(
INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time, hold_state, payment_method_token)
SELECT reference::uuid, '$order:' || kind, '', '$order', kind, 'SUCCEEDED', '', 'EUR', 500, now(), hold_state, token
FROM (VALUES ('AUTHORIZE', '$order', 'CAPTURED', 'tok_approve'), ('CAPTURE', '$saga', NULL, NULL))
     AS operation (kind, reference, hold_state, token);
)sql";

constexpr char kCancelOrders[] = R"sql(
UPDATE orders SET state = 'CANCELLED', sequence = 4, saga_id = '$saga', update_time = now(), history =
  '[{"sequence": 1, "state": "PENDING"}, {"sequence": 2, "state": "CONFIRMED"},
    {"sequence": 3, "state": "CANCELLING"}, {"sequence": 4, "state": "CANCELLED"}]' WHERE order_id = '$order';
INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from, steps, refusal, traceparent,
                   version, create_time, update_time)
VALUES ('$saga', '$order', 'cancel_order', 1, 'COMPLETED', 'RUNNING', '[]', '', '', 5, now(), now());
)sql";

constexpr char kCancelPayments[] = R"sql(
UPDATE payments SET state = 'REFUNDED' WHERE order_id = '$order';
INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor)
VALUES ('$order', 'REFUND', 'sales', 'cash', 'EUR', 500);
)sql";

constexpr char kCancelInventory[] = R"sql(
UPDATE items SET on_hand = on_hand + CASE sku WHEN 'A' THEN 1 ELSE 2 END;
UPDATE reservations SET state = 'RESTOCKED' WHERE order_id = '$order';
)sql";

constexpr char kCancelNotifications[] = R"sql(
INSERT INTO notifications (notification_id, order_id, event, channel, customer_id, recipient, subject, body, state,
                           attempts, last_error, create_time, update_time)
VALUES ('$saga', '$order', 'order_cancelled', 'email', 'ann', 'a@example.com', 's', 'b', 'SENT', 1, '', now(), now());
)sql";

constexpr char kCancelProvider[] = R"sql(
INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time)
VALUES ('$saga', '$order:REFUND', '', '$order', 'REFUND', 'SUCCEEDED', '', 'EUR', 500, now());
)sql";

}  // namespace

VerificationFixture::VerificationFixture()
    : orders_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
               &migrations::OrderMigrations()}),
      payments_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                 &migrations::PaymentMigrations()}),
      inventory_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                  &migrations::InventoryMigrations()}),
      notifications_({&migrations::OutboxMigrations(), &migrations::InboxMigrations(),
                      &migrations::NotificationMigrations()}),
      provider_({&migrations::ProviderMigrations()}) {
  inventory_.Run(kStock);
}

void VerificationFixture::Run(testing::TemporaryDatabase& database, std::string sql,
                              const OrderIds& order) {
  absl::StrReplaceAll({{"$order", order.order_id}, {"$saga", order.saga_id}}, &sql);
  database.Run(sql);
}

void VerificationFixture::AddConfirmed(const OrderIds& order) {
  Run(orders_, kOrders, order);
  Run(payments_, kPayments, order);
  Run(inventory_, kInventory, order);
  Run(notifications_, kNotifications, order);
  Run(provider_, kProvider, order);
}

VerificationFixture::OrderIds VerificationFixture::AddConfirmed() {
  const OrderIds order = NewIds();
  AddConfirmed(order);
  return order;
}

void VerificationFixture::Cancel(const OrderIds& order, const std::string& saga_id) {
  const OrderIds cancel = {order.order_id, saga_id};
  Run(orders_, kCancelOrders, cancel);
  Run(payments_, kCancelPayments, cancel);
  Run(inventory_, kCancelInventory, cancel);
  Run(notifications_, kCancelNotifications, cancel);
  Run(provider_, kCancelProvider, cancel);
}

postgres::PoolOptions VerificationFixture::AsTheChecker(
    const testing::TemporaryDatabase& database) {
  postgres::PoolOptions options = database.PoolOptions();
  options.size_max = 1;
  options.attempts_max = 1;
  options.reads_whole_tables = true;
  return options;
}

std::set<std::string> VerificationFixture::BrokenIn(const VerificationResult& result) {
  std::set<std::string> broken;
  for (const Finding& finding : result.findings) {
    if (finding.violations > 0) {
      broken.insert(finding.name);
    }
  }
  return broken;
}

}  // namespace orderflow::verify
