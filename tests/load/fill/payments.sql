INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, decline_code, void_requested,
                      void_attempt, version, create_time, update_time)
SELECT order_id, customer_id, 'EUR', 3998, 'CAPTURED', '', false, 1, 4, create_time, update_time
FROM numbers ORDER BY n;

INSERT INTO payment_operations (order_id, kind, idempotency_key, state, provider_reference, decline_code, attempts,
                                last_error, saga_id, step, compensation, attempt, traceparent, create_time, update_time)
SELECT order_id, kind, order_id || ':' || kind, 'SUCCEEDED', pg_temp.id_of(ms, digits, n)::text, '', 1, '', order_id,
       step, false, 1, '00-' || md5(n::text) || '-00f067aa0ba902b7-00', create_time, update_time
FROM numbers, (VALUES ('AUTHORIZE', 'authorize_payment', '005'), ('CAPTURE', 'capture_payment', '006'))
  AS operation (kind, step, digits)
ORDER BY n, kind;

INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor, create_time)
SELECT order_id, 'CAPTURE', 'assets:provider', 'income:sales', 'EUR', 3998, update_time FROM numbers ORDER BY n;
