#!/usr/bin/env bash
# Measures the whole system on this machine: a stack of its own, open-loop load, the database's own
# ceiling in the same run, and the checker afterwards.
# Usage: bench.sh            (make bench)
# Settings: BENCH_RATE       orders per second; empty: finds the highest rate that is kept up
#           BENCH_SECONDS    length of the measured run (30)
#           BENCH_DIR        state folder (a new one under build/, deleted at the end unless given)
# Last lines:
#   bench: latency rate=100 p50_ms=<n> p99_ms=<n>
#   verify: orders=<n> violations=<n>
#   bench: confirmed_per_second=<n> p50_ms=<n> p99_ms=<n> db_ceiling_per_second=<n> ratio=<n>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${BENCH_RATE:=}"
: "${BENCH_SECONDS:=30}"
: "${BENCH_DIR:=}"
# shellcheck source=tests/load/lib.sh
source tests/load/lib.sh
readonly LATENCY_RATE=100 LATENCY_SECONDS=20
readonly PROBE_SECONDS=8 PROBE_WARMUP=4
readonly PROBE_RATES=(500 1000 1250 1500 1600 1750 2000 2500 3000 4000 5000)
readonly PROBE_P99_MS=1000  # a queue that grows shows here before throughput falls
readonly CEILING_SECONDS=10
readonly WAL_SEGMENTS=100  # of 16 MB

# A server that has run for a while writes its log into files that it has used before. In a new one
# every file is made and filled with zeros first, which took a twentieth of a machine with two
# processors: here that is done before anything is measured.
use_wal_files() {
  local admin_url="$1"
  psql -X -q "$admin_url" -c "ALTER SYSTEM SET min_wal_size = '$((WAL_SEGMENTS * 16))MB'" \
    -c 'SELECT pg_reload_conf()' >/dev/null
  for ((i = 0; i < WAL_SEGMENTS; ++i)); do
    echo "SELECT pg_logical_emit_message(false, 'bench', ''), pg_switch_wal();"
  done | psql -X -q "$admin_url" >/dev/null
  psql -X -q "$admin_url" -c CHECKPOINT
}

# The same writes without anything around them, in a scratch database of the same server.
ceiling() {
  local admin_url="$1"
  psql -X -q -v ON_ERROR_STOP=1 "$admin_url" -c 'DROP DATABASE IF EXISTS db_ceiling' \
    -c 'CREATE DATABASE db_ceiling' >&2
  "$BIN/db-ceiling" --url "${admin_url%/*}/db_ceiling" --seconds "$CEILING_SECONDS" --batch 64 --workers 2
  psql -X -q "$admin_url" -c 'DROP DATABASE db_ceiling' >&2
}

main() {
  local latency result verdict=0 verification database confirmed top admin_url
  use_stack_dir "$BENCH_DIR" bench
  echo "bench: starting a stack in $STACK_DIR" >&2
  start_stack
  admin_url="$(deploy/local/postgres.sh admin-url)"
  use_wal_files "$admin_url"

  echo "bench: warming up" >&2
  load 500 20 5 >&2
  echo "bench: latency at $LATENCY_RATE/s" >&2
  latency="$(load "$LATENCY_RATE" "$LATENCY_SECONDS" 3)"
  echo "  $latency" >&2
  if [[ -z "$BENCH_RATE" ]]; then
    echo "bench: looking for the highest rate that is kept up" >&2
    read -r BENCH_RATE _ < <(find_rate)
  fi
  await_quiet
  echo "bench: $BENCH_RATE/s for $BENCH_SECONDS s" >&2
  result="$(load "$BENCH_RATE" "$BENCH_SECONDS" 5)"
  echo "  $result" >&2
  verification="$("$STACK" verify "$STACK_DIR" --quiesced --pending-mail-ok --within 60)" || verdict=$?
  echo "bench: the database's own ceiling" >&2
  # Mails that are still to be sent must not share the machine with it.
  deploy/local/services.sh down >&2
  database="$(ceiling "$admin_url")"
  echo "  $database" >&2

  echo "bench: latency rate=$LATENCY_RATE p50_ms=$(value p50_ms "$latency") p99_ms=$(value p99_ms "$latency")"
  if ((verdict != 0)); then echo "$verification"; else tail -n 1 <<<"$verification"; fi
  confirmed="$(value confirmed_per_second "$result")"
  top="$(value sagas_per_second "$database")"
  echo "bench: confirmed_per_second=$confirmed p50_ms=$(value p50_ms "$result")" \
    "p99_ms=$(value p99_ms "$result") db_ceiling_per_second=$top" \
    "ratio=$(awk -v a="$confirmed" -v b="$top" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "0" }')"
  return "$verdict"
}

main
