-- Which dead letters hold back what follows of their keys, for consumer groups that keep order behind a
-- dead letter: a row from the moment a record is parked until it, redriven, is applied, or is discarded.
-- Nearly always empty. It changes only in transactions that also move the partition's progress, so whoever
-- has the progress has the right rows in memory.
CREATE TABLE parked_records (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL CHECK (partition >= 0),
  key text NOT NULL CHECK (key <> ''),
  first_offset bigint NOT NULL CHECK (first_offset >= 0),  -- where the record first came: its place in the sequence
  park_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer_group, topic, partition, key, first_offset)
);

GRANT SELECT, INSERT, DELETE ON parked_records TO ${runtime_role};
GRANT SELECT ON parked_records TO ${verify_role};
