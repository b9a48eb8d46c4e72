-- One row per order: the root that every change goes through (version is compared and raised).
-- A tombstone (VOIDED, without amount) says that the void came before anybody asked for the payment.
CREATE TABLE payments (
  order_id uuid PRIMARY KEY,
  customer_id text NOT NULL,
  currency_code text NOT NULL,
  amount_minor bigint NOT NULL,
  state text NOT NULL CHECK (state IN ('AUTHORIZING', 'AUTHORIZED', 'DECLINED', 'CAPTURING', 'CAPTURED',
                                       'VOIDING', 'VOIDED', 'REFUNDING', 'REFUNDED')),
  payment_method_token text,
  decline_code text NOT NULL,
  void_requested boolean NOT NULL,
  void_saga_id uuid,
  void_step text,
  void_compensation boolean,
  void_attempt integer,
  void_traceparent text,
  version bigint NOT NULL CHECK (version > 0),
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  CHECK (amount_minor > 0 OR (state = 'VOIDED' AND amount_minor = 0)),
  CHECK (payment_method_token IS NULL OR state = 'AUTHORIZING'),
  CHECK ((state = 'DECLINED') = (decline_code <> '')),
  CHECK (NOT void_requested OR state = 'AUTHORIZING'),
  CHECK (void_requested = (void_saga_id IS NOT NULL))
) WITH (fillfactor = 70);

-- For ListPayments of one customer; order ids are UUIDv7 and sort by time.
CREATE INDEX payments_by_customer ON payments (customer_id, order_id);

-- What was asked of the provider: the intent is stored before the call, the outcome after it. The primary
-- key is the rule that a payment has at most one operation of each kind.
CREATE TABLE payment_operations (
  order_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
  idempotency_key text NOT NULL,
  state text NOT NULL CHECK (state IN ('REQUESTED', 'UNKNOWN', 'SUCCEEDED', 'DECLINED')),
  provider_reference text NOT NULL,
  decline_code text NOT NULL,
  attempts integer NOT NULL CHECK (attempts >= 0),
  -- While open: when the resolver takes over. A lease: until then the operation belongs to the
  -- process that stored or claimed it.
  next_action_time timestamptz,
  last_error text NOT NULL,
  saga_id uuid NOT NULL,
  step text NOT NULL,
  compensation boolean NOT NULL,
  attempt integer NOT NULL,
  traceparent text NOT NULL,
  create_time timestamptz NOT NULL DEFAULT now(),
  update_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, kind),
  CHECK (idempotency_key = order_id::text || ':' || kind),
  CHECK ((state IN ('REQUESTED', 'UNKNOWN')) = (next_action_time IS NOT NULL)),
  CHECK ((state = 'DECLINED') = (decline_code <> ''))
) WITH (fillfactor = 70);

CREATE INDEX payment_operations_due ON payment_operations (next_action_time)
  WHERE next_action_time IS NOT NULL;

GRANT SELECT, INSERT, UPDATE ON payments, payment_operations TO ${runtime_role};
GRANT SELECT ON payments, payment_operations TO ${verify_role};
