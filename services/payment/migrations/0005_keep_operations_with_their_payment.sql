-- The operations of a payment stand in its row: each step of a payment writes one row instead of two
-- (docs/adr/0028). That there is at most one of each kind is kept by payments.version, which every change
-- compares and raises, and refused by who reads the row; that no payment is captured or refunded twice in
-- our books is still the primary key of ledger_transfers.
-- A binary of before this migration goes on with the view of the old table's name; its triggers go with a
-- later migration, once none is left.
-- Payments stand still while it runs: it writes the whole table anew (docs/upgrading.md, "Versions").
LOCK TABLE payments, payment_operations IN ACCESS EXCLUSIVE MODE;

ALTER TABLE payments
  ADD COLUMN operations json NOT NULL DEFAULT '[]',  -- oldest first
  -- While an operation is open: when the resolver takes over. A lease: until then it belongs to the process
  -- that stored or claimed it.
  ADD COLUMN next_action_time timestamptz;

UPDATE payments p SET operations = o.operations, next_action_time = o.next_action_time
FROM (SELECT order_id, min(next_action_time) AS next_action_time,
             json_agg(json_strip_nulls(json_build_object(
               'kind', kind, 'state', state, 'provider_reference', nullif(provider_reference, ''),
               'decline_code', nullif(decline_code, ''), 'attempts', attempts,
               'last_error', nullif(last_error, ''), 'saga_id', saga_id, 'step', step,
               'compensation', nullif(compensation, false), 'attempt', attempt,
               'traceparent', nullif(traceparent, ''),
               'create_time', create_time::text, 'update_time', update_time::text))
             ORDER BY create_time, kind) AS operations
      FROM payment_operations GROUP BY order_id) AS o
WHERE p.order_id = o.order_id;

DROP TABLE payment_operations;

CREATE INDEX payments_due ON payments (next_action_time) WHERE next_action_time IS NOT NULL;

-- One row for each operation, for people and the checker. Conditions on payments' own columns are quick.
CREATE VIEW payment_operations AS
SELECT p.order_id, o.kind, p.order_id::text || ':' || o.kind AS idempotency_key, o.state,
       COALESCE(o.provider_reference, '') AS provider_reference, COALESCE(o.decline_code, '') AS decline_code,
       o.attempts, CASE WHEN o.state IN ('REQUESTED', 'UNKNOWN') THEN p.next_action_time END AS next_action_time,
       COALESCE(o.last_error, '') AS last_error, o.saga_id, o.step, COALESCE(o.compensation, false) AS compensation,
       o.attempt, COALESCE(o.traceparent, '') AS traceparent, o.create_time, o.update_time
FROM payments p
CROSS JOIN LATERAL json_to_recordset(p.operations) AS o (
  kind text, state text, provider_reference text, decline_code text, attempts integer, last_error text, saga_id uuid,
  step text, compensation boolean, attempt integer, traceparent text, create_time timestamptz, update_time timestamptz);

-- Whatever the session has set, times are written as the services read them.
CREATE FUNCTION write_payment_operation() RETURNS trigger LANGUAGE plpgsql
SET timezone = 'UTC' SET datestyle = 'ISO' AS $$
DECLARE
  operation CONSTANT json := json_strip_nulls(json_build_object(
    'kind', NEW.kind, 'state', NEW.state, 'provider_reference', nullif(NEW.provider_reference, ''),
    'decline_code', nullif(NEW.decline_code, ''), 'attempts', NEW.attempts,
    'last_error', nullif(NEW.last_error, ''), 'saga_id', NEW.saga_id, 'step', NEW.step,
    'compensation', nullif(NEW.compensation, false), 'attempt', NEW.attempt,
    'traceparent', nullif(NEW.traceparent, ''), 'create_time', COALESCE(NEW.create_time, now())::text,
    'update_time', COALESCE(NEW.update_time, now())::text));
BEGIN
  IF TG_OP = 'INSERT' THEN
    UPDATE payments p SET operations = (p.operations::jsonb || jsonb_build_array(operation))::json,
           next_action_time = COALESCE(NEW.next_action_time, p.next_action_time,
             CASE WHEN NEW.state IN ('REQUESTED', 'UNKNOWN') THEN clock_timestamp() END)
    WHERE p.order_id = NEW.order_id
      AND NOT EXISTS (SELECT FROM json_array_elements(p.operations) AS o WHERE o ->> 'kind' = NEW.kind);
    IF NOT FOUND THEN
      RAISE EXCEPTION 'payment of order % is missing, or has an operation % already', NEW.order_id, NEW.kind
        USING ERRCODE = 'unique_violation';
    END IF;
  ELSE
    UPDATE payments p SET operations = changed.operations,
           next_action_time = CASE WHEN changed.open THEN COALESCE(NEW.next_action_time, p.next_action_time, clock_timestamp()) END
    FROM (SELECT json_agg(o ORDER BY position) AS operations,
                 bool_or(o ->> 'state' IN ('REQUESTED', 'UNKNOWN')) AS open
          FROM (SELECT CASE WHEN e ->> 'kind' = NEW.kind THEN operation ELSE e END AS o, position
                FROM payments before, json_array_elements(before.operations) WITH ORDINALITY AS t (e, position)
                WHERE before.order_id = NEW.order_id) AS each) AS changed
    WHERE p.order_id = NEW.order_id;
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER write_payment_operation INSTEAD OF INSERT OR UPDATE ON payment_operations
  FOR EACH ROW EXECUTE FUNCTION write_payment_operation();

GRANT SELECT, INSERT, UPDATE ON payment_operations TO ${runtime_role};
GRANT SELECT ON payment_operations TO ${verify_role};
