-- Items with their stock, the record of every stock adjustment, and one reservation per order.
-- Per SKU at all times: on_hand = sum of adjustments - pieces of COMMITTED reservations, and
-- reserved = pieces of RESERVED reservations.

CREATE TABLE items (
  sku              text COLLATE "C" PRIMARY KEY CHECK (sku ~ '^[A-Za-z0-9._-]{1,64}$'),
  name             text NOT NULL CHECK (name <> ''),
  currency_code    text NOT NULL CHECK (currency_code ~ '^[A-Z]{3}$'),
  unit_price_minor bigint NOT NULL CHECK (unit_price_minor BETWEEN 0 AND 1000000000000),
  on_hand          bigint NOT NULL CHECK (on_hand >= reserved),
  reserved         bigint NOT NULL CHECK (reserved >= 0),
  create_time      timestamptz NOT NULL,
  update_time      timestamptz NOT NULL
) WITH (fillfactor = 70);

CREATE TABLE stock_adjustments (
  request_id  uuid PRIMARY KEY,
  sku         text COLLATE "C" NOT NULL,
  delta       bigint NOT NULL CHECK (delta <> 0 AND abs(delta) <= 1000000000),
  reason      text NOT NULL CHECK (reason <> ''),
  body_hash   text NOT NULL CHECK (length(body_hash) = 64),
  create_time timestamptz NOT NULL
);

CREATE TABLE reservations (
  order_id       uuid PRIMARY KEY,
  saga_id        uuid NOT NULL,
  state          text NOT NULL
                 CHECK (state IN ('RESERVED', 'REFUSED', 'RELEASED', 'COMMITTED', 'RESTOCKED', 'EXPIRED')),
  skus           text[] NOT NULL,
  quantities     integer[] NOT NULL,
  refusal_reason text CHECK (refusal_reason IN ('OUT_OF_STOCK', 'UNKNOWN_SKU')),
  refusal_skus   text[] NOT NULL,
  expire_time    timestamptz,
  version        bigint NOT NULL CHECK (version >= 1),  -- fencing: an update is WHERE version = n
  create_time    timestamptz NOT NULL,
  update_time    timestamptz NOT NULL,
  CHECK (cardinality(skus) = cardinality(quantities)),
  -- A RELEASED row without lines is a tombstone: the release came before the reservation.
  CHECK (cardinality(skus) > 0 OR state = 'RELEASED'),
  CHECK (0 < ALL (quantities)),
  CHECK ((state = 'REFUSED') = (refusal_reason IS NOT NULL)),
  CHECK (state <> 'RESERVED' OR expire_time IS NOT NULL)
) WITH (fillfactor = 70);

-- What the expiry sweep looks for; holds only reservations of orders under way.
CREATE INDEX reservations_expiring ON reservations (expire_time) WHERE state = 'RESERVED';

GRANT SELECT, INSERT, UPDATE ON items, reservations TO ${runtime_role};
GRANT SELECT, INSERT ON stock_adjustments TO ${runtime_role};
GRANT SELECT ON items, stock_adjustments, reservations TO ${verify_role};
