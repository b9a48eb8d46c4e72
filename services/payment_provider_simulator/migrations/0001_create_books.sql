-- The provider's books: what merchants' calls did, one row each, never changed. References are
-- UUIDv7: they sort by time.
CREATE TABLE operations (
  reference uuid PRIMARY KEY,
  idempotency_key text NOT NULL UNIQUE,
  body_hash text NOT NULL,
  payment_reference text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
  outcome text NOT NULL CHECK (outcome IN ('SUCCEEDED', 'DECLINED')),
  decline_code text NOT NULL,
  currency_code text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  create_time timestamptz NOT NULL,
  CHECK ((outcome = 'DECLINED') = (decline_code <> ''))
);

-- A payment is held, captured, voided and refunded at most once each.
CREATE UNIQUE INDEX operations_once ON operations (payment_reference, kind) WHERE outcome = 'SUCCEEDED';
CREATE INDEX operations_declined ON operations (payment_reference) WHERE outcome = 'DECLINED';

-- What a payment's authorization has become.
CREATE TABLE holds (
  payment_reference text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('HELD', 'CAPTURED', 'VOIDED', 'REFUNDED')),
  currency_code text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  payment_method_token text NOT NULL
) WITH (fillfactor = 70);

GRANT SELECT, INSERT ON operations TO ${runtime_role};
GRANT SELECT, INSERT, UPDATE ON holds TO ${runtime_role};
GRANT SELECT ON operations, holds TO ${verify_role};
