INSERT INTO notifications (notification_id, order_id, event, channel, customer_id, recipient, subject, body, state,
                           attempts, claim_id, claim_time, last_error, create_time, update_time)
SELECT pg_temp.id_of(ms, '007', n), order_id, 'order_confirmed', 'email', customer_id, customer_id || '@example.com',
       'Your order ' || order_id || ' is confirmed',
       E'Hello,\n\nthank you for your order. It is paid and on its way to our warehouse.\n\n  Order:  ' || order_id ||
       E'\n  Total:  39.98 EUR\n\nYour Orderflow shop\n',
       'SENT', 1, pg_temp.id_of(ms, '008', n), update_time, '', create_time, update_time
FROM numbers ORDER BY n;
