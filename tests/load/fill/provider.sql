INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time, hold_state, payment_method_token)
SELECT pg_temp.id_of(ms, digits, n), order_id || ':' || kind, repeat('a', 64), order_id::text, kind, 'SUCCEEDED', '',
       'EUR', 3998, create_time, hold_state, token
FROM numbers, (VALUES ('AUTHORIZE', '005', 'CAPTURED', 'tok_approve'), ('CAPTURE', '006', NULL, NULL))
     AS operation (kind, digits, hold_state, token)
ORDER BY n, kind;
