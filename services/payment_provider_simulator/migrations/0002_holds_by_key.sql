-- A card processor tells a repeated call from a new one by its idempotency key alone: another key for the same payment
-- is another hold, another capture. That there is only one is the merchant's to keep.
DROP INDEX operations_once;
DROP INDEX operations_declined;
CREATE INDEX operations_by_payment ON operations (payment_reference);

-- A hold is known by the authorization that made it, not by its payment.
ALTER TABLE holds ADD COLUMN reference uuid;
UPDATE holds h SET reference = o.reference FROM operations o
WHERE o.payment_reference = h.payment_reference AND o.kind = 'AUTHORIZE' AND o.outcome = 'SUCCEEDED';
ALTER TABLE holds
  DROP CONSTRAINT holds_pkey,
  ADD PRIMARY KEY (reference),
  DROP CONSTRAINT holds_state_check,
  ADD CONSTRAINT holds_state_check CHECK (state IN ('HELD', 'CAPTURED', 'VOIDED', 'REFUNDED', 'LAPSED'));
CREATE INDEX holds_by_payment ON holds (payment_reference);
