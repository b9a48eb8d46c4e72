-- One row per (order, event, channel), from the event to the mail server's answer.
CREATE TABLE notifications (
  notification_id   uuid PRIMARY KEY,  -- version 7: ascending ids are ascending time
  order_id          uuid NOT NULL,
  event             text NOT NULL CHECK (event IN ('order_confirmed', 'order_rejected', 'order_cancelled')),
  channel           text NOT NULL CHECK (channel IN ('email')),
  customer_id       text NOT NULL,
  recipient         text NOT NULL,
  subject           text NOT NULL,
  body              text NOT NULL,
  state             text NOT NULL CHECK (state IN ('PENDING', 'SENDING', 'SENT', 'PARKED')),
  attempts          integer NOT NULL CHECK (attempts >= 0),
  next_attempt_time timestamptz,
  claim_id          uuid,  -- of the latest claim: a claim whose commit is in doubt is found by it
  claim_time        timestamptz,
  last_error        text NOT NULL,
  create_time       timestamptz NOT NULL,
  update_time       timestamptz NOT NULL,
  UNIQUE (order_id, event, channel),
  CHECK ((state = 'PENDING') = (next_attempt_time IS NOT NULL)),
  CHECK (state <> 'SENDING' OR (claim_id IS NOT NULL AND claim_time IS NOT NULL)),
  CHECK (state <> 'PARKED' OR last_error <> '')
) WITH (fillfactor = 80);

-- What the sender looks for, and what a dead sender leaves; both hold only rows under way.
CREATE INDEX notifications_due ON notifications (next_attempt_time) WHERE state = 'PENDING';
CREATE INDEX notifications_claimed ON notifications (claim_time) WHERE state = 'SENDING';
-- What people look for.
CREATE INDEX notifications_by_customer ON notifications (customer_id, notification_id);
CREATE INDEX notifications_parked ON notifications (notification_id) WHERE state = 'PARKED';

GRANT SELECT, INSERT, UPDATE ON notifications TO ${runtime_role};
GRANT SELECT ON notifications TO ${verify_role};
