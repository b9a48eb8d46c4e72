#include "tools/verify/checks/table_checks.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kOrders{"verify_quiet_orders", R"sql(
WITH open AS (SELECT order_id, state FROM orders WHERE state IN ('PENDING', 'CANCELLING'))
SELECT (SELECT COUNT(*) FROM orders), (SELECT COUNT(*) FROM open),
       COALESCE((SELECT string_agg(order_id || ' is ' || state, '; ') FROM (SELECT * FROM open LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kSagas{"verify_quiet_sagas", R"sql(
WITH open AS (SELECT saga_id, state FROM sagas WHERE state NOT IN ('COMPLETED', 'COMPENSATED'))
SELECT (SELECT COUNT(*) FROM sagas), (SELECT COUNT(*) FROM open),
       COALESCE((SELECT string_agg(saga_id || ' is ' || state, '; ') FROM (SELECT * FROM open LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kOutbox{"verify_quiet_outbox", R"sql(
SELECT COUNT(*), COUNT(*),
       COALESCE((SELECT string_agg(message_id || ' for ' || topic, '; ')
                 FROM (SELECT * FROM outbox_messages ORDER BY message_id LIMIT 5) AS shown), '')
FROM outbox_messages LIMIT 1)sql"};

constexpr postgres::Statement kOperations{"verify_quiet_operations", R"sql(
WITH operations AS MATERIALIZED (SELECT idempotency_key, state FROM payment_operations),
     open AS (SELECT idempotency_key, state FROM operations WHERE state NOT IN ('SUCCEEDED', 'DECLINED'))
SELECT (SELECT COUNT(*) FROM operations), (SELECT COUNT(*) FROM open),
       COALESCE((SELECT string_agg(idempotency_key || ' is ' || state, '; ') FROM (SELECT * FROM open LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kReservations{"verify_quiet_reservations", R"sql(
WITH open AS (SELECT order_id FROM reservations WHERE state = 'RESERVED')
SELECT (SELECT COUNT(*) FROM reservations), (SELECT COUNT(*) FROM open),
       COALESCE((SELECT string_agg(order_id::text, '; ') FROM (SELECT * FROM open LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kNotifications{"verify_quiet_notifications", R"sql(
WITH open AS (SELECT order_id, event, state FROM notifications WHERE state IN ('PENDING', 'SENDING'))
SELECT (SELECT COUNT(*) FROM notifications), (SELECT COUNT(*) FROM open),
       COALESCE((SELECT string_agg(order_id || ' ' || event || ' is ' || state, '; ')
                 FROM (SELECT * FROM open LIMIT 5) AS shown), '')
LIMIT 1)sql"};

}  // namespace

std::vector<TableCheck> QuiescenceChecks(const Databases& databases) {
  return {
      {"quiet.orders_at_rest", "no order is under way", &databases.orders, kOrders},
      {"quiet.sagas_ended", "no saga is under way or parked", &databases.orders, kSagas},
      {"quiet.order_outbox_empty", "nothing waits to be published", &databases.orders, kOutbox},
      {"quiet.payment_outbox_empty", "nothing waits to be published", &databases.payments, kOutbox},
      {"quiet.inventory_outbox_empty", "nothing waits to be published", &databases.inventory,
       kOutbox},
      {"quiet.notification_outbox_empty", "nothing waits to be published", &databases.notifications,
       kOutbox},
      {"quiet.provider_operations_final", "no provider operation is open or unknown",
       &databases.payments, kOperations},
      {"quiet.reservations_final", "no stock is held", &databases.inventory, kReservations},
  };
}

TableCheck MailQuiescenceCheck(const Databases& databases) {
  return {kNotificationsFinal, "every notification was sent or parked", &databases.notifications,
          kNotifications};
}

}  // namespace orderflow::verify
