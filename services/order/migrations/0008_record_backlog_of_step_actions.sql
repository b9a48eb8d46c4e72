-- What an action on a step found: whether the step was paused, and how many open sagas had it ahead or under
-- way. Rows of before, and of a binary of before, have none of it; they were stored only when they changed
-- whether the step was paused.
ALTER TABLE step_actions
  ADD COLUMN was_paused boolean CHECK (was_paused = (action = 'RESUME')),
  ADD COLUMN backlog_sagas int CHECK (backlog_sagas >= 0),
  ADD COLUMN backlog_at_least boolean,  -- not all open sagas were looked at
  ADD CHECK ((was_paused IS NULL) = (backlog_sagas IS NULL) AND (was_paused IS NULL) = (backlog_at_least IS NULL));
