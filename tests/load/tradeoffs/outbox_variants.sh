#!/usr/bin/env bash
# What an outbox costs, by its form: transactions of 64 orders of about 300 bytes with a message of 300 bytes each, and a relay
# that takes the messages and gets rid of them.
# Usage: outbox_variants.sh
# Settings: ROUNDS (3), SECONDS_EACH (5), RELAY_EVERY (16 transactions), ROTATE_EVERY (256 transactions, a multiple of the former)
# Prints a Markdown table: messages a second, the server's processor time and the WAL of a message; median [lowest-highest].
#
# One session writes and relays in turn, a relay's transaction after every 16 of the writer. Two at the same time would be closer
# to life and less steady: how far the relay is behind when the time is up would decide how much of its work is in the figures.
# So is contention between the two not in them; nor is the cleanup of rows that are only marked.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

: "${RELAY_EVERY:=16}"
: "${ROTATE_EVERY:=256}"
readonly MESSAGES=64
readonly CLEANED=outbox
readonly VARIANTS=("none" "row per transaction, deleted" "row per message, deleted" "row per message, marked"
  "row per message, cursor and partitions emptied")
# shellcheck source=tests/load/tradeoffs/variants.sh
source tests/load/tradeoffs/variants.sh

# All variants get the same arrays, like the statements of libs/outbox. Half of a payload is its own, half like the others'.
pgbench_variables() {
  sql "$PRIMARY/postgres" "
    WITH message AS (
      SELECT 'inventory.commands' AS topic, md5('order ' || n)::uuid::text AS key, 'orderflow.inventory.v1.ReserveStock' AS type,
             1 AS sequence, '00-' || md5('trace ' || n) || '-' || left(md5('span ' || n), 16) || '-01' AS traceparent,
             NULL::json AS header,
             (SELECT string_agg(decode(md5(n || ' ' || part), 'hex'), '') FROM generate_series(1, 9) AS part)
               || convert_to(rpad('', 156, 'SKU-000123 EUR '), 'UTF8') AS payload
      FROM generate_series(1, $MESSAGES) AS n)
    SELECT unnest(ARRAY['topics=' || array_agg(topic)::text, 'keys=' || array_agg(key)::text, 'types=' || array_agg(type)::text,
                        'sequences=' || array_agg(sequence)::text, 'traceparents=' || array_agg(traceparent)::text,
                        'headers=' || array_agg(header)::text, 'payloads=' || array_agg(payload)::text])
    FROM message"
  echo "content=$(printf 'x%.0s' {1..230})"
}

# The columns and settings of libs/outbox/migrations, in its two versions.
readonly MESSAGE_COLUMNS="message_id uuid NOT NULL, topic text NOT NULL, message_key text NOT NULL, message_type text NOT NULL,
  sequence bigint NOT NULL, traceparent text NOT NULL, headers json, payload bytea NOT NULL,
  create_time timestamptz NOT NULL DEFAULT clock_timestamp()"
readonly ARRAY_COLUMNS="batch_id uuid PRIMARY KEY, message_ids uuid[] NOT NULL, topics text[] NOT NULL, message_keys text[] NOT NULL,
  message_types text[] NOT NULL, sequences bigint[] NOT NULL, traceparents text[] NOT NULL, headers json[] NOT NULL,
  payloads bytea[] NOT NULL, create_time timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK (message_ids[1] = batch_id),
  CHECK (cardinality(topics) = cardinality(message_ids) AND cardinality(message_keys) = cardinality(message_ids)
         AND cardinality(message_types) = cardinality(message_ids) AND cardinality(sequences) = cardinality(message_ids)
         AND cardinality(traceparents) = cardinality(message_ids) AND cardinality(headers) = cardinality(message_ids)
         AND cardinality(payloads) = cardinality(message_ids))"
readonly STORAGE="WITH (autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_scale_factor = 0.01,
  autovacuum_vacuum_insert_threshold = -1, autovacuum_analyze_threshold = 20000, autovacuum_analyze_scale_factor = 0.1,
  autovacuum_vacuum_cost_delay = 0)"

schema_of() {  # variant
  cat <<SQL
CREATE TABLE orders (order_id uuid PRIMARY KEY, customer_id bigint NOT NULL, content text NOT NULL,
                     create_time timestamptz NOT NULL DEFAULT clock_timestamp());
SQL
  case "$1" in
    none | "row per message, deleted") echo "CREATE TABLE outbox ($MESSAGE_COLUMNS, PRIMARY KEY (message_id)) $STORAGE;" ;;
    "row per transaction"*) echo "CREATE TABLE outbox ($ARRAY_COLUMNS) $STORAGE;" ;;
    *marked) marked_schema ;;
    *cursor*) cursor_schema ;;
  esac
}

marked_schema() {
  cat <<SQL
CREATE TABLE outbox ($MESSAGE_COLUMNS, publish_time timestamptz, PRIMARY KEY (message_id)) $STORAGE;
CREATE INDEX outbox_waiting ON outbox (message_id) WHERE publish_time IS NULL;
SQL
}

# The writer's transaction is a part of the position: one that commits late is not passed by.
cursor_schema() {
  cat <<SQL
CREATE TABLE outbox ($MESSAGE_COLUMNS, slot integer NOT NULL, written_by xid8 NOT NULL DEFAULT pg_current_xact_id(),
                     PRIMARY KEY (slot, written_by, message_id)) PARTITION BY LIST (slot);
CREATE TABLE outbox_0 PARTITION OF outbox FOR VALUES IN (0) $STORAGE;
CREATE TABLE outbox_1 PARTITION OF outbox FOR VALUES IN (1) $STORAGE;
CREATE TABLE outbox_2 PARTITION OF outbox FOR VALUES IN (2) $STORAGE;
CREATE TABLE outbox_cursor (written_by xid8 NOT NULL, message_id uuid NOT NULL);
INSERT INTO outbox_cursor VALUES ('0', id_of(0));
CREATE FUNCTION empty_slot(slot integer) RETURNS void LANGUAGE plpgsql AS
  \$\$BEGIN EXECUTE format('TRUNCATE outbox_%s', slot); END\$\$;
SQL
}

transactions_of() {  # variant
  cat <<SQL
\\set batch :batch + 1
\\set slot ((:batch - 1) / $ROTATE_EVERY) % 3
BEGIN;
INSERT INTO orders (order_id, customer_id, content)
SELECT id_of(:batch::bigint * $MESSAGES + n), n, :content::text FROM generate_series(1, $MESSAGES) AS n;
$(write_of "$1")
COMMIT;
\\if :batch % $RELAY_EVERY = 0
$(relay_of "$1")
\\endif
SQL
}

readonly IDS="ARRAY(SELECT id_of(:batch::bigint * $MESSAGES + n) FROM generate_series(0, $MESSAGES - 1) AS n)"
readonly GIVEN_ARRAYS=":topics::text[], :keys::text[], :types::text[], :sequences::bigint[], :traceparents::text[], :headers::json[],
  :payloads::bytea[]"

write_of() {  # variant
  local slot=""
  case "$1" in
    none) return ;;
    "row per transaction"*)
      cat <<SQL
INSERT INTO outbox (batch_id, message_ids, topics, message_keys, message_types, sequences, traceparents, headers, payloads)
SELECT id_of(:batch::bigint * $MESSAGES), $IDS, $GIVEN_ARRAYS;
SQL
      return
      ;;
    *cursor*) slot=slot ;;
  esac
  cat <<SQL
INSERT INTO outbox (message_id, topic, message_key, message_type, sequence, traceparent, headers, payload${slot:+, slot})
SELECT m.*${slot:+, :slot::integer} FROM unnest($IDS, $GIVEN_ARRAYS) AS m;
SQL
}

relay_of() {  # variant
  local limit=$((RELAY_EVERY * MESSAGES))
  case "$1" in
    "row per transaction"*)  # in memory since the commit, deleted together
      cat <<SQL
DELETE FROM outbox WHERE batch_id = ANY(ARRAY(
  SELECT id_of((:batch::bigint - n) * $MESSAGES) FROM generate_series(0, $RELAY_EVERY - 1) AS n));
SQL
      ;;
    *deleted)
      cat <<SQL
DELETE FROM outbox WHERE message_id IN (
  SELECT message_id FROM outbox ORDER BY message_id LIMIT $limit FOR UPDATE SKIP LOCKED) RETURNING *;
SQL
      ;;
    *marked)
      cat <<SQL
UPDATE outbox SET publish_time = clock_timestamp() WHERE message_id IN (
  SELECT message_id FROM outbox WHERE publish_time IS NULL ORDER BY message_id LIMIT $limit FOR UPDATE SKIP LOCKED) RETURNING *;
SQL
      ;;
    *cursor*) relay_by_cursor "$limit" ;;
  esac
}

# Three slots in turn: when one is full, the one before it is emptied, and the next has been.
relay_by_cursor() {  # limit
  cat <<SQL
WITH waiting AS MATERIALIZED (
  SELECT * FROM outbox
  WHERE slot = :slot::integer AND (written_by, message_id) > (SELECT written_by, message_id FROM outbox_cursor)
    AND written_by < pg_snapshot_xmin(pg_current_snapshot())
  ORDER BY written_by, message_id LIMIT $1
), moved AS (
  UPDATE outbox_cursor SET (written_by, message_id) = (
    SELECT written_by, message_id FROM waiting ORDER BY written_by DESC, message_id DESC LIMIT 1)
  WHERE EXISTS (SELECT FROM waiting)
)
SELECT * FROM waiting;
\\if :batch % $ROTATE_EVERY = 0
\\set before (:slot + 2) % 3
SELECT empty_slot(:before::integer);
\\endif
SQL
}

if ((ROTATE_EVERY % RELAY_EVERY)); then
  echo "error: ROTATE_EVERY must be a multiple of RELAY_EVERY" >&2
  exit 2
fi
compare_variants
