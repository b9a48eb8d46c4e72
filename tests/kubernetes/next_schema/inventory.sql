-- As order.sql: only what the binary of before can live beside.
ALTER TABLE items ADD COLUMN weight_grams integer CHECK (weight_grams > 0);
