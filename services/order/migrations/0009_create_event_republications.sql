-- Which events persons have published again. One row for each part of an interval, written in the transaction
-- that also holds what is sent. Append only: the service may neither change nor delete it.
CREATE TABLE event_republications (
  republication_id uuid PRIMARY KEY,  -- version 7: ascending ids are ascending time
  request_id       uuid NOT NULL,
  after_order_id   uuid NOT NULL,  -- where the part begins; all zeros: at the first order
  from_time        timestamptz NOT NULL,
  to_time          timestamptz NOT NULL CHECK (to_time > from_time),
  actor            text NOT NULL CHECK (actor <> ''),
  reason           text NOT NULL CHECK (reason <> ''),
  orders           int NOT NULL CHECK (orders >= 0),
  events           int NOT NULL CHECK (events >= orders),
  last_order_id    uuid CHECK (last_order_id > after_order_id),  -- the last that was looked at; NULL: there were no more
  create_time      timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (request_id, after_order_id)  -- the same request sends each part once
);

GRANT SELECT, INSERT ON event_republications TO ${runtime_role};
GRANT SELECT ON event_republications TO ${verify_role};
