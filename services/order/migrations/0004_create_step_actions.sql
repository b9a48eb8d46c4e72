-- Which steps persons have paused in all sagas: the newest row of a step tells. Append only: the services
-- may neither change nor delete it.
CREATE TABLE step_actions (
  action_id   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  request_id  uuid NOT NULL UNIQUE,  -- the same request acts once
  definition  text NOT NULL,
  step        text NOT NULL,
  action      text NOT NULL CHECK (action IN ('PAUSE', 'RESUME')),
  actor       text NOT NULL CHECK (actor <> ''),
  reason      text NOT NULL CHECK (reason <> ''),
  create_time timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX step_actions_by_step ON step_actions (definition, step, action_id);

GRANT SELECT, INSERT ON step_actions TO ${runtime_role};
GRANT SELECT ON step_actions TO ${verify_role};
