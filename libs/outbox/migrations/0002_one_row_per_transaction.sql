-- One row holds all messages of a transaction, as arrays of equal length: a tenth of the rows and index
-- entries to write and to delete (docs/adr/0017-one-outbox-row-per-transaction.md). What waits is taken
-- over; the lock of the first statement waits for transactions that still write.
ALTER TABLE outbox RENAME TO outbox_of_version_1;
ALTER INDEX outbox_pkey RENAME TO outbox_of_version_1_pkey;

-- A row lives from the commit until the broker has acknowledged all of its messages, normally some
-- milliseconds: a queue, not an archive.
CREATE TABLE outbox (
  batch_id uuid PRIMARY KEY,         -- the first message's: ascending ids are publication order
  message_ids uuid[] NOT NULL,       -- UUIDv7, ascending
  topics text[] NOT NULL,
  message_keys text[] NOT NULL,      -- order ids
  message_types text[] NOT NULL,     -- full protobuf message names
  sequences bigint[] NOT NULL,       -- per key and topic, from 1; 0: not numbered
  traceparents text[] NOT NULL,      -- empty: none
  headers json[] NOT NULL,           -- further headers, flat objects; NULL: none
  payloads bytea[] NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (message_ids[1] = batch_id),
  CHECK (cardinality(topics) = cardinality(message_ids)
         AND cardinality(message_keys) = cardinality(message_ids)
         AND cardinality(message_types) = cardinality(message_ids)
         AND cardinality(sequences) = cardinality(message_ids)
         AND cardinality(traceparents) = cardinality(message_ids)
         AND cardinality(headers) = cardinality(message_ids)
         AND cardinality(payloads) = cardinality(message_ids))
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

INSERT INTO outbox
SELECT message_id, ARRAY[message_id], ARRAY[topic], ARRAY[message_key], ARRAY[message_type], ARRAY[sequence],
       ARRAY[traceparent], ARRAY[headers], ARRAY[payload], create_time
FROM outbox_of_version_1;
DROP TABLE outbox_of_version_1;

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
