INSERT INTO payments (order_id, customer_id, currency_code, amount_minor, state, decline_code, void_requested,
                      void_attempt, operations, version, create_time, update_time)
SELECT order_id, customer_id, 'EUR', 3998, 'CAPTURED', '', false, 1, operations.column_value, 4, create_time, update_time
FROM numbers CROSS JOIN LATERAL (
  SELECT json_agg(json_build_object('kind', kind, 'state', 'SUCCEEDED',
           'provider_reference', pg_temp.id_of(ms, digits, n), 'attempts', 1, 'saga_id', order_id, 'step', step,
           'attempt', 1, 'traceparent', '00-' || md5(n::text) || '-00f067aa0ba902b7-00',
           'create_time', pg_temp.text_time(create_time), 'update_time', pg_temp.text_time(update_time))
         ORDER BY kind) AS column_value
  FROM (VALUES ('AUTHORIZE', 'authorize_payment', '005'), ('CAPTURE', 'capture_payment', '006'))
    AS operation (kind, step, digits)) AS operations
ORDER BY n;

INSERT INTO ledger_transfers (order_id, kind, debit_account, credit_account, currency_code, amount_minor, create_time)
SELECT order_id, 'CAPTURE', 'assets:provider', 'income:sales', 'EUR', 3998, update_time FROM numbers ORDER BY n;
