-- What persons do to sagas. An orchestrator of before this migration does not see a hold: it is to be
-- used once all of them are of this version.
ALTER TABLE sagas ADD COLUMN hold text NOT NULL DEFAULT 'NONE' CHECK (hold IN ('NONE', 'PAUSED', 'PARKED'));

-- One row for each action on each saga, written in the transaction that acts. Append only: the service
-- may neither change nor delete it.
CREATE TABLE saga_actions (
  action_id   uuid PRIMARY KEY,  -- version 7: ascending ids are ascending time
  request_id  uuid NOT NULL,
  order_id    uuid NOT NULL,
  action      text NOT NULL
              CHECK (action IN ('RETRY', 'SKIP', 'COMPENSATE', 'PAUSE', 'RESUME', 'PARK', 'UNPARK',
                                'MIGRATE')),
  actor       text NOT NULL CHECK (actor <> ''),
  reason      text NOT NULL CHECK (reason <> ''),
  step        text NOT NULL,  -- of SKIP
  evidence    text NOT NULL CHECK (action <> 'SKIP' OR evidence <> ''),
  to_version  int NOT NULL CHECK (to_version > 0 OR action <> 'MIGRATE'),  -- of the definition
  before      json NOT NULL,  -- the saga and its order's state
  after       json NOT NULL,
  commands    json NOT NULL,  -- what was sent
  create_time timestamptz NOT NULL,
  UNIQUE (request_id, order_id)  -- the same request acts once
);

CREATE INDEX saga_actions_by_order ON saga_actions (order_id, action_id);

GRANT SELECT, INSERT ON saga_actions TO ${runtime_role};
GRANT SELECT ON saga_actions TO ${verify_role};
