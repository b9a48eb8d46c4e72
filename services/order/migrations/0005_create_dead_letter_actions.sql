-- What persons do about dead letters. One row for each, written in the transaction that also holds what
-- is sent. Append only: the service may neither change nor delete it. The primary key is what makes a
-- dead letter redriven or discarded once.
CREATE TABLE dead_letter_actions (
  topic       text NOT NULL,  -- of the dead letter queue
  partition   integer NOT NULL CHECK (partition >= 0),
  log_offset  bigint NOT NULL CHECK (log_offset >= 0),
  action_id   uuid NOT NULL UNIQUE,  -- version 7: ascending ids are ascending time
  request_id  uuid NOT NULL,
  action      text NOT NULL CHECK (action IN ('REDRIVE', 'DISCARD')),
  actor       text NOT NULL CHECK (actor <> ''),
  reason      text NOT NULL CHECK (reason <> ''),
  key         text NOT NULL,  -- the order id, where the record has one
  before      json NOT NULL,  -- the dead letter without its value: where it came from, what it is, why it was parked
  after       json NOT NULL,  -- what was sent, without its value: topic and headers; empty: nothing
  create_time timestamptz NOT NULL,
  PRIMARY KEY (topic, partition, log_offset)
);

CREATE INDEX dead_letter_actions_by_key ON dead_letter_actions (key, action_id);

GRANT SELECT, INSERT ON dead_letter_actions TO ${runtime_role};
GRANT SELECT ON dead_letter_actions TO ${verify_role};
