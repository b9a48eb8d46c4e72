-- The events of the order that an action sent, beside its commands. Rows of before, and of a binary of before,
-- have none; where their order's state differs before and after, one was sent.
ALTER TABLE saga_actions ADD COLUMN events json NOT NULL DEFAULT '[]';
