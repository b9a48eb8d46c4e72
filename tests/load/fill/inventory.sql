INSERT INTO reservations (order_id, saga_id, state, skus, quantities, refusal_skus, expire_time, version, create_time,
                          update_time)
SELECT order_id, order_id, 'COMMITTED', ARRAY[sku], ARRAY[2], '{}', create_time + interval '1 day', 2, create_time,
       update_time
FROM numbers ORDER BY n;

-- What was sold had been delivered.
INSERT INTO items (sku, name, currency_code, unit_price_minor, on_hand, reserved, create_time, update_time)
SELECT DISTINCT sku, 'Sold before', 'EUR', 1999, 0, 0, now(), now() FROM numbers
ON CONFLICT DO NOTHING;

INSERT INTO stock_adjustments (request_id, sku, delta, reason, body_hash, create_time)
SELECT pg_temp.id_of(min(ms), '004', min(n)), sku, 2 * count(*), 'delivery for what was sold', repeat('a', 64), now()
FROM numbers GROUP BY sku;
