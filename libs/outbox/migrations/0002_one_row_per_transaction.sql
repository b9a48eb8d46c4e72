-- One row holds all messages of a transaction, as arrays of equal length: a tenth of the rows and index
-- entries to write and to delete (docs/adr/0017-one-outbox-row-per-transaction.md). Messages of the old
-- form must have been published first.
DO $$
BEGIN
  IF EXISTS (SELECT FROM outbox) THEN
    RAISE EXCEPTION 'the outbox still holds messages: stop what takes new work, let the running version publish them, and migrate again';
  END IF;
END
$$;
DROP TABLE outbox;

-- A row lives from the commit until the broker has acknowledged all of its messages, normally some
-- milliseconds: a queue, not an archive.
CREATE TABLE outbox (
  batch_id uuid PRIMARY KEY,         -- that of the first message: ascending ids are publication order
  message_ids uuid[] NOT NULL,       -- UUIDv7, ascending
  topics text[] NOT NULL,
  message_keys text[] NOT NULL,      -- order ids
  message_types text[] NOT NULL,     -- full protobuf message names
  sequences bigint[] NOT NULL,       -- per key and topic, from 1; 0: not numbered
  traceparents text[] NOT NULL,      -- empty: none
  headers json[] NOT NULL,           -- further headers, flat objects; NULL: none
  payloads bytea[] NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (cardinality(message_ids) > 0 AND message_ids[1] = batch_id)
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

-- What waits, message by message: for the sweep, and for people.
CREATE VIEW outbox_messages AS
SELECT o.batch_id, m.*, o.create_time
FROM outbox o,
     unnest(o.message_ids, o.topics, o.message_keys, o.message_types, o.sequences, o.traceparents,
            o.headers, o.payloads)
       AS m (message_id, topic, message_key, message_type, sequence, traceparent, headers, payload);

GRANT SELECT, INSERT, DELETE ON outbox TO ${runtime_role};
GRANT SELECT ON outbox_messages TO ${runtime_role};
GRANT SELECT ON outbox, outbox_messages TO ${verify_role};
