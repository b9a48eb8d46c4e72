-- What was done about differences to the provider's books, by a person's run or the one in the background:
-- one row for each, written in the transaction that does it. Append only: the service may neither change
-- nor delete it.
CREATE TABLE reconciliation_actions (
  action_id          uuid PRIMARY KEY,  -- version 7: ascending ids are ascending time
  request_id         uuid,  -- of the person's run; none: the run in the background
  actor              text NOT NULL CHECK (actor <> ''),
  reason             text NOT NULL CHECK (reason <> ''),
  payment_reference  text NOT NULL CHECK (payment_reference <> ''),
  class              text NOT NULL CHECK (class IN ('MISSING_HERE', 'MISSING_AT_PROVIDER', 'AMOUNT_DIFFERS',
                                                    'STATE_DIFFERS', 'OUTCOME_UNKNOWN_HERE', 'ORPHAN_HOLD',
                                                    'CAPTURE_NOT_IN_LEDGER', 'DOUBLE_CAPTURE',
                                                    'REFUND_UNKNOWN_HERE', 'LEDGER_DIFFERS')),
  kind               text NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
  remedy             text NOT NULL CHECK (remedy IN ('STORE_OUTCOME', 'VOID_HOLD', 'REFUND_CAPTURE', 'SEND_AGAIN')),
  provider_reference text NOT NULL,  -- of the provider's entry; empty: it has none
  difference         text NOT NULL CHECK (difference <> ''),  -- what both sides said before
  effects            text NOT NULL CHECK (effects <> ''),     -- what was changed and sent
  create_time        timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((request_id IS NULL) = (actor = 'reconciler'))
);

CREATE INDEX reconciliation_actions_by_payment ON reconciliation_actions (payment_reference, action_id);

GRANT SELECT, INSERT ON reconciliation_actions TO ${runtime_role};
GRANT SELECT ON reconciliation_actions TO ${verify_role};
