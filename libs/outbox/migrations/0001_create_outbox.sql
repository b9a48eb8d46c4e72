-- Messages that a committed transaction owes to Kafka. A row lives from the commit until the broker's
-- acknowledgement, normally some milliseconds: a queue, not an archive.
CREATE TABLE outbox (
  message_id uuid PRIMARY KEY,       -- UUIDv7: ascending ids are publication order
  topic text NOT NULL,
  message_key text NOT NULL,         -- order id
  message_type text NOT NULL,        -- full protobuf message name
  sequence bigint NOT NULL,          -- per key and topic, from 1; 0: not numbered
  traceparent text NOT NULL,         -- empty: none
  headers json,                      -- further headers, a flat object (json, not jsonb: kept as written)
  payload bytea NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (
  -- Every row dies soon after its insert: vacuum by count, early and without pauses, so that the
  -- sweep's index scan does not wade through dead rows.
  autovacuum_vacuum_threshold = 5000,
  autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_threshold = -1,
  autovacuum_analyze_threshold = 20000,
  autovacuum_analyze_scale_factor = 0.1,
  autovacuum_vacuum_cost_delay = 0
);

-- Which process sweeps rows that a crash or an outage left behind. Time is the database's.
CREATE TABLE outbox_sweep_lease (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  owner text NOT NULL,
  epoch bigint NOT NULL,             -- grows at each change of owner
  expire_time timestamptz NOT NULL
);
INSERT INTO outbox_sweep_lease (owner, epoch, expire_time) VALUES ('', 0, '-infinity');

GRANT SELECT, INSERT, DELETE ON outbox TO ${runtime_role};
GRANT SELECT, UPDATE ON outbox_sweep_lease TO ${runtime_role};
GRANT SELECT ON outbox, outbox_sweep_lease TO ${verify_role};
