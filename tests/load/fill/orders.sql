INSERT INTO orders (order_id, customer_id, state, sequence, currency_code, total_minor, email, payment_method_token,
                    lines, history, saga_id, create_time, update_time)
SELECT order_id, customer_id, 'CONFIRMED', 2, 'EUR', 3998, customer_id || '@example.com', '',
       ('[{"sku":"' || sku || '","quantity":2,"unit_price_minor":1999}]')::json,
       ('[{"sequence":1,"state":"PENDING","time":"' || pg_temp.text_time(create_time) ||
        '"},{"sequence":2,"state":"CONFIRMED","time":"' || pg_temp.text_time(update_time) || '"}]')::json,
       order_id, create_time, update_time
FROM numbers ORDER BY n;

INSERT INTO idempotency_keys (customer_id, request_id, body_hash, order_id, create_time)
SELECT customer_id, pg_temp.id_of(ms, '003', n), repeat('a', 64), order_id, create_time FROM numbers ORDER BY n;

INSERT INTO sagas (saga_id, order_id, definition, definition_version, state, parked_from, steps, refusal, traceparent,
                   version, create_time, update_time)
SELECT order_id, order_id, 'place_order', 1, 'COMPLETED', 'RUNNING',
       '[{"name":"reserve_stock","state":"DONE","attempts":1},{"name":"authorize_payment","state":"DONE","attempts":1},'
       '{"name":"capture_payment","state":"DONE","attempts":1},{"name":"commit_reservation","state":"DONE","attempts":1}]',
       '', '00-' || md5(n::text) || '-00f067aa0ba902b7-00', 5, create_time, update_time
FROM numbers ORDER BY n;
