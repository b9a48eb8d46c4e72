#include "tools/verify/checks/table_checks.h"

namespace orderflow::verify {
namespace {

constexpr postgres::Statement kAnswered{"verify_answered", R"sql(
WITH accepted AS (
  SELECT customer_id, request_id, order_id FROM idempotency_keys WHERE order_id IS NOT NULL AND create_time >= $1
), lost AS (
  SELECT * FROM accepted k WHERE NOT EXISTS (SELECT FROM orders o WHERE o.order_id = k.order_id)
)
SELECT (SELECT COUNT(*) FROM accepted), (SELECT COUNT(*) FROM lost),
       COALESCE((SELECT string_agg(format('order %s, the answer to request %s of %s, is not there', order_id, request_id,
                                          customer_id), '; ')
                 FROM (SELECT * FROM lost LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kSagasPastDue{"verify_sagas_past_due", R"sql(
WITH waiting AS (SELECT order_id, definition, next_action_time FROM sagas
                 WHERE next_action_time IS NOT NULL AND hold = 'NONE'),
     late AS (SELECT * FROM waiting WHERE next_action_time < now() - make_interval(secs => $1::integer))
SELECT (SELECT COUNT(*) FROM waiting), (SELECT COUNT(*) FROM late),
       COALESCE((SELECT string_agg(format('order %s: %s was due at %s', order_id, definition, next_action_time), '; ')
                 FROM (SELECT * FROM late ORDER BY next_action_time LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kParkedSagas{"verify_parked_sagas", R"sql(
WITH open AS (
  SELECT order_id, definition, state, hold, update_time, steps FROM sagas WHERE state NOT IN ('COMPLETED', 'COMPENSATED')
), parked AS (SELECT * FROM open WHERE state = 'NEEDS_ATTENTION' OR hold <> 'NONE')
SELECT (SELECT COUNT(*) FROM open), (SELECT COUNT(*) FROM parked),
       COALESCE((SELECT string_agg(format('order %s: %s is %s (hold: %s) since %s%s', order_id, definition, state, hold, update_time,
                                          reasons.text), '; ')
                 FROM (SELECT * FROM parked ORDER BY update_time LIMIT 5) AS shown
                 CROSS JOIN LATERAL (
                   SELECT COALESCE(string_agg(format(', %s: %s', step->>'name', step->>'last_error'), ''), '') AS text
                   FROM json_array_elements(steps) AS step WHERE step->>'last_error' IS NOT NULL
                 ) AS reasons), '')
LIMIT 1)sql"};

constexpr postgres::Statement kOutboxStuck{"verify_outbox_stuck", R"sql(
WITH stuck AS (SELECT * FROM outbox WHERE create_time < now() - make_interval(secs => $1::integer))
SELECT (SELECT COUNT(*) FROM outbox), (SELECT COUNT(*) FROM stuck),
       COALESCE((SELECT string_agg(format('%s for %s since %s', batch_id, topics[1], create_time), '; ')
                 FROM (SELECT * FROM stuck ORDER BY batch_id LIMIT 5) AS shown), '')
LIMIT 1)sql"};

// Of the numbered messages that wait, none is there twice, none is ahead of its order, and those of
// one transaction follow one another. The key of a numbered message is its order's id.
constexpr postgres::Statement kOutboxSequence{"verify_outbox_sequence", R"sql(
WITH waiting AS (
  SELECT b.batch_id, m.topic, m.message_key, m.sequence,
         LAG(m.sequence) OVER (PARTITION BY m.topic, m.message_key ORDER BY m.sequence, b.batch_id) AS previous,
         LAG(b.batch_id) OVER (PARTITION BY m.topic, m.message_key ORDER BY m.sequence, b.batch_id) AS previous_batch
  FROM outbox b, unnest(b.topics, b.message_keys, b.sequences) AS m (topic, message_key, sequence)
  WHERE m.sequence > 0
), wrong AS (
  SELECT w.*, o.sequence AS last
  FROM waiting w
  LEFT JOIN orders o
    ON o.order_id = CASE WHEN w.message_key ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
                         THEN w.message_key::uuid END
  WHERE o.sequence IS NULL OR w.sequence > o.sequence OR w.sequence = w.previous
     OR (w.batch_id = w.previous_batch AND w.sequence <> w.previous + 1)
)
SELECT (SELECT COUNT(*) FROM waiting), (SELECT COUNT(*) FROM wrong),
       COALESCE((SELECT string_agg(format('order %s: message %s on %s, after %s; the order has come to %s', message_key,
                                          sequence, topic, previous, last), '; ')
                 FROM (SELECT * FROM wrong LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kOperationsPastDue{"verify_operations_past_due", R"sql(
WITH open AS (SELECT o.idempotency_key, o.state, o.next_action_time
              FROM payments p JOIN payment_operations o USING (order_id)
              WHERE p.next_action_time IS NOT NULL AND o.next_action_time IS NOT NULL),
     late AS (SELECT * FROM open WHERE next_action_time < now() - make_interval(secs => $1::integer))
SELECT (SELECT COUNT(*) FROM open), (SELECT COUNT(*) FROM late),
       COALESCE((SELECT string_agg(format('%s is %s, due at %s', idempotency_key, state, next_action_time), '; ')
                 FROM (SELECT * FROM late ORDER BY next_action_time LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kParkedDifferences{"verify_parked_differences", R"sql(
WITH parked AS (SELECT payment_reference, class FROM reconciliation_findings WHERE close_time IS NULL)
SELECT COUNT(*), COUNT(*),
       COALESCE((SELECT string_agg(format('%s: %s', payment_reference, class), '; ')
                 FROM (SELECT * FROM parked LIMIT 5) AS shown), '')
FROM parked LIMIT 1)sql"};

constexpr postgres::Statement kReservationsPastDue{"verify_reservations_past_due", R"sql(
WITH held AS (SELECT order_id, expire_time FROM reservations WHERE state = 'RESERVED'),
     late AS (SELECT * FROM held WHERE expire_time < now() - make_interval(secs => $1::integer))
SELECT (SELECT COUNT(*) FROM held), (SELECT COUNT(*) FROM late),
       COALESCE((SELECT string_agg(format('order %s, expired at %s', order_id, expire_time), '; ')
                 FROM (SELECT * FROM late ORDER BY expire_time LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kNotificationsLate{"verify_notifications_late", R"sql(
WITH open AS (SELECT order_id, event, state, create_time FROM notifications WHERE state = 'PENDING'
              UNION ALL
              SELECT order_id, event, state, create_time FROM notifications WHERE state = 'SENDING'),
     late AS (SELECT * FROM open WHERE create_time < now() - make_interval(secs => $1::integer))
SELECT (SELECT COUNT(*) FROM open), (SELECT COUNT(*) FROM late),
       COALESCE((SELECT string_agg(format('order %s: %s is %s since %s', order_id, event, state, create_time), '; ')
                 FROM (SELECT * FROM late ORDER BY create_time LIMIT 5) AS shown), '')
LIMIT 1)sql"};

constexpr postgres::Statement kParkedNotifications{"verify_parked_notifications", R"sql(
WITH parked AS (SELECT order_id, event, last_error FROM notifications WHERE state = 'PARKED')
SELECT COUNT(*), COUNT(*),
       COALESCE((SELECT string_agg(format('order %s: %s, %s', order_id, event, last_error), '; ')
                 FROM (SELECT * FROM parked LIMIT 5) AS shown), '')
FROM parked LIMIT 1)sql"};

constexpr char kOutboxPromise[] = "no message waits for the broker beyond its bound";

postgres::Params Seconds(std::chrono::seconds bound) {
  postgres::Params params;
  params.Int(bound.count());
  return params;
}

TableCheck Advisory(TableCheck check) {
  check.advisory = true;
  return check;
}

}  // namespace

TableCheck AnsweredCheck(const Databases& databases, Timestamp since) {
  postgres::Params params;
  params.Text(postgres::FormatTimestamp(since));
  return {"orders.accepted_exist", "every accepted request has its order", &databases.orders,
          kAnswered, std::move(params)};
}

std::vector<TableCheck> TimelinessChecks(const Databases& databases, const Bounds& bounds) {
  const postgres::Params outbox = Seconds(bounds.outbox);
  const postgres::Params past_due = Seconds(bounds.past_due);
  return {
      {"outbox.orders_not_stuck", kOutboxPromise, &databases.orders, kOutboxStuck, outbox},
      {"outbox.payments_not_stuck", kOutboxPromise, &databases.payments, kOutboxStuck, outbox},
      {"outbox.inventory_not_stuck", kOutboxPromise, &databases.inventory, kOutboxStuck, outbox},
      // Nothing but its dead letters.
      {"outbox.notifications_not_stuck", kOutboxPromise, &databases.notifications, kOutboxStuck,
       outbox},
      {"outbox.sequence_without_gaps",
       "events that wait continue their order's sequence, each once", &databases.orders,
       kOutboxSequence},
      {"sagas.act_in_time", "no saga is past due", &databases.orders, kSagasPastDue, past_due},
      Advisory({"sagas.parked", "sagas that need attention or that a person holds",
                &databases.orders, kParkedSagas}),
      {"money.operations_act_in_time", "no provider operation is past due", &databases.payments,
       kOperationsPastDue, past_due},
      Advisory({"money.parked_differences",
                "differences to the provider's books that no rule closes", &databases.payments,
                kParkedDifferences}),
      {"stock.reservations_expire_in_time", "no reservation is kept past its expiry",
       &databases.inventory, kReservationsPastDue, past_due},
      {"notifications.sent_in_time", "no notification waits to be sent beyond its bound",
       &databases.notifications, kNotificationsLate, Seconds(bounds.notification)},
      Advisory({"notifications.parked", "notifications that may not have been delivered",
                &databases.notifications, kParkedNotifications}),
  };
}

}  // namespace orderflow::verify
