-- How far each consumer group has come, per partition: the offset to be read next. It moves in the
-- transaction that holds the effects of the records, by compare-and-swap, so it is also what fences a
-- process that was paused and has lost its partitions. Kafka's own offsets are only a bookmark.
CREATE TABLE consumer_progress (
  consumer_group text NOT NULL,
  topic text NOT NULL,
  partition integer NOT NULL CHECK (partition >= 0),
  next_offset bigint NOT NULL CHECK (next_offset >= 0),  -- 0: from the beginning of the log
  update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer_group, topic, partition)
) WITH (
  fillfactor = 50,  -- few rows, updated with every batch: leave room for versions on the same page
  autovacuum_vacuum_threshold = 1000,
  autovacuum_vacuum_scale_factor = 0,
  autovacuum_vacuum_cost_delay = 0
);

GRANT SELECT, INSERT, UPDATE ON consumer_progress TO ${runtime_role};
GRANT SELECT ON consumer_progress TO ${verify_role};
