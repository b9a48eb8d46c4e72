-- Of the event's handling, when its trace is recorded: so that the mail is found in the order's trace.
ALTER TABLE notifications ADD COLUMN traceparent text NOT NULL DEFAULT '';
