-- Reads the table while others write (libs/postgres/README.md).
ALTER TABLE items VALIDATE CONSTRAINT items_sku_check;
ALTER TABLE items VALIDATE CONSTRAINT items_currency_code_check;
