-- As order.sql: only what the binary of before can live beside.
ALTER TABLE payments ADD COLUMN statement_text text CHECK (length(statement_text) BETWEEN 1 AND 22);
