-- A queue that was made anew counts its offsets from the beginning: another dead letter then stands where
-- one stood that was settled. Rows of before have no hash; what they say in `before` tells what they were
-- about. A binary of before writes no hash either.
ALTER TABLE dead_letter_actions
  ADD COLUMN record_hash text NOT NULL DEFAULT '',  -- of where its record came from and its ce_id
  DROP CONSTRAINT dead_letter_actions_pkey,
  ADD PRIMARY KEY (topic, partition, log_offset, record_hash);
