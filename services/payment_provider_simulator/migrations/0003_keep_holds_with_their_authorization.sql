-- What a hold has become stands in the entry of its authorization, instead of in a row of its own
-- with two more index entries.
LOCK TABLE operations, holds IN ACCESS EXCLUSIVE MODE;

ALTER TABLE operations
  ADD COLUMN hold_state text CHECK (hold_state IN ('HELD', 'CAPTURED', 'VOIDED', 'REFUNDED', 'LAPSED')),
  ADD COLUMN payment_method_token text,  -- of a hold
  SET (fillfactor = 60);  -- the holds of a page are captured together, and find room where they are

UPDATE operations o SET hold_state = h.state, payment_method_token = h.payment_method_token
FROM holds h WHERE h.reference = o.reference;

ALTER TABLE operations
  ADD CHECK ((hold_state IS NOT NULL) = (kind = 'AUTHORIZE' AND outcome = 'SUCCEEDED')),
  ADD CHECK ((hold_state IS NULL) = (payment_method_token IS NULL));

DROP TABLE holds;

GRANT UPDATE (hold_state) ON operations TO ${runtime_role};
