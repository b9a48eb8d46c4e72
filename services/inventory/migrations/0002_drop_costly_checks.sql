-- PostgreSQL evaluates every check of a table at every change of a row, also those of columns that did not
-- change, and stock changes with every order (docs/adr/0037). Which characters a SKU and a currency may have is
-- checked where they come in. Validated by the next.
ALTER TABLE items
  DROP CONSTRAINT items_sku_check,
  DROP CONSTRAINT items_currency_code_check,
  ADD CONSTRAINT items_sku_check CHECK (length(sku) BETWEEN 1 AND 64) NOT VALID,
  ADD CONSTRAINT items_currency_code_check CHECK (length(currency_code) = 3) NOT VALID;
