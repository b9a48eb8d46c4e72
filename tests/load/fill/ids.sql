-- The ids of order number n: as if it had been placed at the time :start_ms plus n steps. The same in
-- every database, so that its rows belong together without a look at the others.
CREATE FUNCTION pg_temp.order_ms(n bigint, start_ms bigint, step_us bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS $$ SELECT start_ms + n * step_us / 1000 $$;

-- UUIDv7 whose last digits are n; `kind` tells the ids of one order apart.
CREATE FUNCTION pg_temp.id_of(ms bigint, kind text, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$
  SELECT (lpad(to_hex(ms), 12, '0') || '7' || kind || '8000' || lpad(to_hex(n), 12, '0'))::uuid
$$;

CREATE FUNCTION pg_temp.text_time(t timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(t AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00' $$;

-- Orders number :first to :last.
CREATE TEMPORARY VIEW numbers AS
SELECT n, ms, pg_temp.id_of(ms, '001', n) AS order_id, to_timestamp(ms / 1000.0) AS create_time,
       to_timestamp(ms / 1000.0) + interval '30 milliseconds' AS update_time,
       'fill-' || n % 100000 AS customer_id, 'FILL-' || lpad((n % 1000)::text, 5, '0') AS sku
FROM (SELECT n, pg_temp.order_ms(n, :start_ms, :step_us) AS ms FROM generate_series(:first, :last) n) AS numbered;

SET synchronous_commit = off;
