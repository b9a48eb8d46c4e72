#!/usr/bin/env bash
# What it costs that a message takes effect once, by how it is known: transactions of a consumer that handles 64 messages, each
# of which inserts an effect of about 200 bytes by its natural key.
# Usage: dedup_variants.sh
# Settings: ROUNDS (3), SECONDS_EACH (5), CLEAN_EVERY (16 transactions), KEPT (64 transactions)
# Prints a Markdown table: messages a second, the server's processor time and the WAL of a message; median [lowest-highest].
#
# No message comes twice here: this is what the guard costs when there is nothing to guard against.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

: "${CLEAN_EVERY:=16}"
: "${KEPT:=64}"
readonly MESSAGES=64
readonly CLEANED="consumer_progress, inbox"
readonly VARIANTS=("nothing" "progress row" "inbox row per message" "inbox row per message, and its cleanup")
# shellcheck source=tests/load/tradeoffs/variants.sh
source tests/load/tradeoffs/variants.sh

pgbench_variables() {
  echo "group=payment-service"
  echo "topic=payment.commands"
  echo "content=$(printf 'x%.0s' {1..120})"
}

# consumer_progress as in libs/inbox/migrations.
schema_of() {
  cat <<SQL
CREATE TABLE effects (effect_id uuid PRIMARY KEY, order_id uuid NOT NULL, content text NOT NULL,
                      create_time timestamptz NOT NULL DEFAULT clock_timestamp());
CREATE TABLE consumer_progress (
  consumer_group text NOT NULL, topic text NOT NULL, partition integer NOT NULL CHECK (partition >= 0),
  next_offset bigint NOT NULL CHECK (next_offset >= 0), update_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer_group, topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_cost_delay = 0);
INSERT INTO consumer_progress (consumer_group, topic, partition, next_offset) VALUES ('payment-service', 'payment.commands', 0, 0);
CREATE TABLE inbox (
  consumer_group text NOT NULL, message_id uuid NOT NULL, receive_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (consumer_group, message_id)
) WITH (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_insert_threshold = -1,
        autovacuum_vacuum_cost_delay = 0);
SQL
}

transactions_of() {  # variant
  local once=""
  if [[ "$1" == progress* ]]; then once="ON CONFLICT DO NOTHING"; fi
  cat <<SQL
\\set batch :batch + 1
BEGIN;
$(recognize_of "$1")
INSERT INTO effects (effect_id, order_id, content)
SELECT id_of(:batch::bigint * $MESSAGES + n), id_of(n), :content::text FROM generate_series(1, $MESSAGES) AS n $once;
COMMIT;
$(cleanup_of "$1")
SQL
}

# How a transaction finds out what was handled before.
recognize_of() {  # variant
  case "$1" in
    progress*)
      cat <<SQL
UPDATE consumer_progress AS c SET next_offset = s.next_offset, update_time = clock_timestamp()
FROM unnest(ARRAY[:topic::text], ARRAY[0], ARRAY[(:batch::bigint - 1) * $MESSAGES], ARRAY[:batch::bigint * $MESSAGES])
  AS s (topic, partition, expected, next_offset)
WHERE c.consumer_group = :group::text AND c.topic = s.topic AND c.partition = s.partition AND c.next_offset = s.expected;
SQL
      ;;
    inbox*)
      cat <<SQL
INSERT INTO inbox (consumer_group, message_id)
SELECT :group::text, id_of(:batch::bigint * $MESSAGES + n) FROM generate_series(1, $MESSAGES) AS n
ON CONFLICT DO NOTHING RETURNING message_id;
SQL
      ;;
  esac
}

cleanup_of() {  # variant
  if [[ "$1" != *cleanup ]]; then return; fi
  cat <<SQL
\\if :batch % $CLEAN_EVERY = 0
DELETE FROM inbox WHERE consumer_group = :group::text AND message_id <= id_of(greatest(:batch::bigint - $KEPT + 1, 0) * $MESSAGES);
\\endif
SQL
}

compare_variants
