-- Orders, the idempotency records of CreateOrder, and saga instances: one bounded context, so that
-- accepting an order, starting its saga and queueing its first commands are one transaction.

CREATE TABLE orders (
  order_id             uuid PRIMARY KEY,  -- version 7: ascending ids are ascending time
  customer_id          text NOT NULL CHECK (customer_id <> ''),
  state                text NOT NULL
                       CHECK (state IN ('PENDING', 'CONFIRMED', 'REJECTED', 'CANCELLING', 'CANCELLED')),
  sequence             bigint NOT NULL CHECK (sequence >= 1),
  currency_code        text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
  total_minor          bigint NOT NULL CHECK (total_minor > 0),
  email                text NOT NULL,
  payment_method_token text NOT NULL,  -- emptied once the order is at rest
  lines                jsonb NOT NULL CHECK (jsonb_array_length(lines) BETWEEN 1 AND 100),
  history              jsonb NOT NULL CHECK (jsonb_array_length(history) = sequence),
  saga_id              uuid NOT NULL,  -- the saga that works, or worked last, for this order
  cancel_request_id    uuid,
  create_time          timestamptz NOT NULL,
  update_time          timestamptz NOT NULL,
  CHECK ((state IN ('PENDING', 'CANCELLING')) OR payment_method_token = '')
) WITH (fillfactor = 80);

CREATE INDEX orders_by_customer ON orders (customer_id, order_id);
-- Orders under way are few; lists of them must not read the finished ones.
CREATE INDEX orders_under_way ON orders (order_id) WHERE state IN ('PENDING', 'CANCELLING');

-- The first answer to each CreateOrder request, kept for at least 30 days.
CREATE TABLE idempotency_keys (
  customer_id text NOT NULL,
  request_id  uuid NOT NULL,
  body_hash   text NOT NULL CHECK (length(body_hash) = 64),
  order_id    uuid,   -- when accepted
  refusal     jsonb,  -- when refused: the field violations
  create_time timestamptz NOT NULL,
  replays     bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (customer_id, request_id),
  CHECK ((order_id IS NULL) <> (refusal IS NULL))
) WITH (fillfactor = 90);

CREATE INDEX idempotency_keys_by_time ON idempotency_keys USING brin (create_time);

CREATE TABLE sagas (
  saga_id            uuid PRIMARY KEY,
  order_id           uuid NOT NULL,
  definition         text NOT NULL,
  definition_version integer NOT NULL CHECK (definition_version >= 1),
  state              text NOT NULL
                     CHECK (state IN ('RUNNING', 'COMPENSATING', 'COMPLETED', 'COMPENSATED', 'NEEDS_ATTENTION')),
  parked_from        text NOT NULL CHECK (parked_from IN ('RUNNING', 'COMPENSATING')),
  steps              jsonb NOT NULL,
  refusal            bytea NOT NULL,  -- serialized orderflow.common.v1.Refusal, empty if none
  traceparent        text NOT NULL,
  version            bigint NOT NULL CHECK (version >= 1),  -- fencing: every update is WHERE version = n
  next_action_time   timestamptz,
  create_time        timestamptz NOT NULL,
  update_time        timestamptz NOT NULL,
  CHECK ((state IN ('RUNNING', 'COMPENSATING')) OR next_action_time IS NULL)
) WITH (fillfactor = 70);

-- What the timer looks for.
CREATE INDEX sagas_due ON sagas (next_action_time) WHERE next_action_time IS NOT NULL;
-- What an operator looks for.
CREATE INDEX sagas_open ON sagas (saga_id) WHERE state NOT IN ('COMPLETED', 'COMPENSATED');

GRANT SELECT, INSERT, UPDATE ON orders, idempotency_keys, sagas TO ${runtime_role};
GRANT SELECT ON orders, idempotency_keys, sagas TO ${verify_role};
