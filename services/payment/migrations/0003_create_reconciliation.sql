-- Differences between our books and the provider's that no rule closes. A finding is made once, seen
-- again by later runs, and closed by the first complete run that does not see it; then a new one is
-- made should the difference come back. What it says about its beginning never changes: the runtime
-- role may update only the columns named below.
CREATE TABLE reconciliation_findings (
  finding_id uuid PRIMARY KEY,
  payment_reference text NOT NULL,  -- as the provider has it; an order id unless it is not ours
  class text NOT NULL CHECK (class IN ('MISSING_HERE', 'MISSING_AT_PROVIDER', 'AMOUNT_DIFFERS', 'STATE_DIFFERS',
                                       'OUTCOME_UNKNOWN_HERE', 'ORPHAN_HOLD', 'CAPTURE_NOT_IN_LEDGER',
                                       'DOUBLE_CAPTURE', 'REFUND_UNKNOWN_HERE', 'LEDGER_DIFFERS')),
  kind text NOT NULL CHECK (kind IN ('AUTHORIZE', 'CAPTURE', 'VOID', 'REFUND')),
  provider_reference text NOT NULL,  -- of the provider's entry; empty: it has none
  reason text NOT NULL,
  first_seen_time timestamptz NOT NULL DEFAULT now(),
  last_seen_time timestamptz NOT NULL DEFAULT now(),
  close_time timestamptz,
  CHECK (last_seen_time >= first_seen_time),
  CHECK (close_time >= last_seen_time)
);

CREATE UNIQUE INDEX reconciliation_findings_open
  ON reconciliation_findings (payment_reference, class, kind, provider_reference) WHERE close_time IS NULL;

-- How far the background run has come. One row: whoever raises its epoch owns the run until the lease
-- ends, and every page that it commits compares the epoch.
CREATE TABLE reconciliation_progress (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  epoch bigint NOT NULL,
  lease_until timestamptz NOT NULL,
  cursor text NOT NULL,  -- empty: no run is under way
  last_complete_time timestamptz
);

INSERT INTO reconciliation_progress (epoch, lease_until, cursor) VALUES (0, 'epoch', '');

GRANT SELECT, INSERT, UPDATE (reason, last_seen_time, close_time) ON reconciliation_findings TO ${runtime_role};
GRANT SELECT, UPDATE ON reconciliation_progress TO ${runtime_role};
GRANT SELECT ON reconciliation_findings, reconciliation_progress TO ${verify_role};
