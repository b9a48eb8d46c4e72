-- json instead of jsonb: the services write and read these columns whole, at each step of a saga. json
-- keeps the text as it came, so nothing is converted, and ANALYZE does not sort the values.
ALTER TABLE orders DROP CONSTRAINT orders_lines_check, DROP CONSTRAINT orders_check;
ALTER TABLE orders
  ALTER COLUMN lines TYPE json USING lines::json,
  ALTER COLUMN history TYPE json USING history::json,
  ADD CONSTRAINT orders_lines_check CHECK (json_array_length(lines) BETWEEN 1 AND 100),
  ADD CONSTRAINT orders_history_check CHECK (json_array_length(history) = sequence);
ALTER TABLE sagas ALTER COLUMN steps TYPE json USING steps::json;
ALTER TABLE idempotency_keys ALTER COLUMN refusal TYPE json USING refusal::json;
