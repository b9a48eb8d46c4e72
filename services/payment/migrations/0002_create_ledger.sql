-- Double entry: one row debits one account and credits another with the same amount, so the sum over
-- all accounts is zero whatever rows there are. Append only: the runtime role may not change a row.
CREATE TABLE ledger_transfers (
  order_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('CAPTURE', 'REFUND')),
  debit_account text NOT NULL,
  credit_account text NOT NULL,
  currency_code text NOT NULL CHECK (length(currency_code) = 3),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  create_time timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (order_id, kind),
  CHECK (debit_account <> credit_account)
);

-- A refund returns exactly what was captured. A trigger and not a foreign key: it costs captures
-- nothing, and rows never change, so what it has seen stays true.
CREATE FUNCTION check_refund_follows_capture() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (
    SELECT FROM ledger_transfers AS capture
    WHERE capture.order_id = NEW.order_id
      AND capture.kind = 'CAPTURE'
      AND capture.currency_code = NEW.currency_code
      AND capture.amount_minor = NEW.amount_minor
      AND capture.debit_account = NEW.credit_account
      AND capture.credit_account = NEW.debit_account
  ) THEN
    RAISE EXCEPTION 'refund of order % does not match a capture', NEW.order_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END
$$;

CREATE TRIGGER refund_follows_capture BEFORE INSERT ON ledger_transfers
  FOR EACH ROW WHEN (NEW.kind = 'REFUND') EXECUTE FUNCTION check_refund_follows_capture();

GRANT SELECT, INSERT ON ledger_transfers TO ${runtime_role};
GRANT SELECT ON ledger_transfers TO ${verify_role};
