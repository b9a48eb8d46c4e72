INSERT INTO operations (reference, idempotency_key, body_hash, payment_reference, kind, outcome, decline_code,
                        currency_code, amount_minor, create_time)
SELECT pg_temp.id_of(ms, digits, n), order_id || ':' || kind, repeat('a', 64), order_id::text, kind, 'SUCCEEDED', '',
       'EUR', 3998, create_time
FROM numbers, (VALUES ('AUTHORIZE', '005'), ('CAPTURE', '006')) AS operation (kind, digits)
ORDER BY n, kind;

INSERT INTO holds (payment_reference, state, currency_code, amount_minor, payment_method_token, reference)
SELECT order_id::text, 'CAPTURED', 'EUR', 3998, 'tok_approve', pg_temp.id_of(ms, '005', n) FROM numbers ORDER BY n;
