-- Reads the table while others write (libs/postgres/README.md).
ALTER TABLE orders VALIDATE CONSTRAINT orders_currency_code_check;
