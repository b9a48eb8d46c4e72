#!/usr/bin/env bash
# Measures the whole system on this machine: a stack of its own, open-loop load, what it costs, the
# ceilings of its parts beside each run, and the checker.
# Usage: bench.sh            (make bench)
# Settings: BENCH_RATE       orders per second; empty: finds the highest rate that is kept up
#           BENCH_SECONDS    length of a measured run (30)
#           BENCH_RUNS       how many; the last line has their medians (3)
#           BENCH_DIR        state folder (a new one under build/, deleted at the end unless given)
# Last lines:
#   bench: latency rate=100 p50_ms=<n> p99_ms=<n>
#   verify: orders=<n> violations=<n>
#   bench: run=<n> ... and accounting: ... of each run
#   bench: spread confirmed_per_second=<min>-<max> cpu_us_per_order=<min>-<max> db_ceiling_per_second=<min>-<max>
#   bench: confirmed_per_second=<n> p50_ms=<n> p99_ms=<n> db_ceiling_per_second=<n> ratio=<n> cpu_us_per_order=<n>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${BENCH_RATE:=}"
: "${BENCH_SECONDS:=30}"
: "${BENCH_RUNS:=3}"
: "${BENCH_DIR:=}"
# shellcheck source=tests/load/lib.sh
source tests/load/lib.sh
# 4 of 100 orders end otherwise than confirmed.
MIX=(--lines 5 --declined 0.02 --sold-out 0.01 --cancelled 0.01)
readonly LATENCY_RATE=100 LATENCY_SECONDS=20
readonly PROBE_SECONDS=8 PROBE_WARMUP=4
readonly PROBE_RATES=(500 1000 1250 1500 1600 1750 2000 2500 3000 4000 5000)
readonly PROBE_P99_MS=1000  # a queue that grows shows here before throughput falls
readonly RUN_WARMUP=5
readonly CEILING_SECONDS=10 GRPC_CEILING_SECONDS=3
readonly WAL_SEGMENTS=100  # of 16 MB

# A server that has run for a while writes its log into files that it has used before. In a new one
# every file is made and filled with zeros first, which took a twentieth of a machine with two
# processors: here that is done before anything is measured.
use_wal_files() {
  psql -X -q "$ADMIN_URL" -c "ALTER SYSTEM SET min_wal_size = '$((WAL_SEGMENTS * 16))MB'" \
    -c 'SELECT pg_reload_conf()' >/dev/null
  for ((i = 0; i < WAL_SEGMENTS; ++i)); do
    echo "SELECT pg_logical_emit_message(false, 'bench', ''), pg_switch_wal();"
  done | psql -X -q "$ADMIN_URL" >/dev/null
  psql -X -q "$ADMIN_URL" -c CHECKPOINT
}

# The same writes without anything around them, in a scratch database of the same server.
database_ceiling() {
  psql -X -q -v ON_ERROR_STOP=1 "$ADMIN_URL" -c 'DROP DATABASE IF EXISTS db_ceiling' \
    -c 'CREATE DATABASE db_ceiling' >&2
  "$BIN/db-ceiling" --url "${ADMIN_URL%/*}/db_ceiling" --seconds "$CEILING_SECONDS" --batch 64 --workers 2
  psql -X -q "$ADMIN_URL" -c 'DROP DATABASE db_ceiling' >&2
}

# One measured run and, right after it, the ceilings: the machine's own speed drifts. The lines go to
# standard error and to the file.
run_once() {  # number, file
  local load_line database accounting_file="$2.accounting"
  await_quiet
  echo "bench: run $1, $BENCH_RATE/s for $BENCH_SECONDS s" >&2
  tests/load/accounting.py watch "$STACK_DIR" "$BENCH_SECONDS" "$RUN_WARMUP" >"$accounting_file" &
  load_line="$(load "$BENCH_RATE" "$BENCH_SECONDS" "$RUN_WARMUP")"
  wait $!
  # What the first run that broke a promise has to say is kept.
  if ((VERDICT == 0)); then
    VERIFICATION="$("$STACK" verify "$STACK_DIR" --quiesced --pending-mail-ok --within 60)" || VERDICT=$?
  fi
  echo "bench: the ceilings of that minute" >&2
  # Mails that are still to be sent must not share the machine with them.
  deploy/local/services.sh down >&2
  database="$(database_ceiling)"
  {
    echo "bench: run=$1 ${load_line#load: }"
    tests/load/accounting.py report "$accounting_file" "$(value finished_per_second "$load_line")"
    echo "$database"
    "$BIN/grpc-ceiling" --seconds "$GRPC_CEILING_SECONDS"
    "$BIN/kafka-ceiling" --topic "ceiling-$1"
  } | tee "$2" >&2
}

# Lowest, middle and highest of what the runs have for a name.
range() {  # name, files...
  local name="$1"
  shift
  for file in "$@"; do value "$name" "$(grep -m 1 "\b$name=" "$file")"; done | sort -n |
    awk '{ all[NR] = $1 } END { print all[1], all[int((NR + 1) / 2)], all[NR] }'
}

main() {
  local latency number files=() low high confirmed p50 p99 top cpu
  local confirmed_range cpu_range top_range
  use_stack_dir "$BENCH_DIR" bench
  echo "bench: starting a stack in $STACK_DIR" >&2
  start_stack
  ADMIN_URL="$(deploy/local/postgres.sh admin-url)"
  use_wal_files

  echo "bench: warming up" >&2
  load 500 20 5 >&2
  echo "bench: latency at $LATENCY_RATE/s" >&2
  latency="$(load "$LATENCY_RATE" "$LATENCY_SECONDS" 3)"
  echo "  $latency" >&2
  if [[ -z "$BENCH_RATE" ]]; then
    echo "bench: looking for the highest rate that is kept up" >&2
    read -r BENCH_RATE _ < <(find_rate)
  fi
  for ((number = 1; number <= BENCH_RUNS; ++number)); do
    if ((number > 1)); then deploy/local/services.sh up >&2; fi
    files+=("$STACK_DIR/run-$number")
    run_once "$number" "$STACK_DIR/run-$number"
  done

  echo "bench: latency rate=$LATENCY_RATE p50_ms=$(value p50_ms "$latency") p99_ms=$(value p99_ms "$latency")"
  if ((VERDICT != 0)); then echo "$VERIFICATION"; else tail -n 1 <<<"$VERIFICATION"; fi
  cat "${files[@]}"
  read -r low confirmed high < <(range confirmed_per_second "${files[@]}")
  confirmed_range="$low-$high"
  read -r low cpu high < <(range cpu_us_per_order "${files[@]}")
  cpu_range="$low-$high"
  read -r low top high < <(range sagas_per_second "${files[@]}")
  top_range="$low-$high"
  read -r _ p50 _ < <(range p50_ms "${files[@]}")
  read -r _ p99 _ < <(range p99_ms "${files[@]}")
  echo "bench: spread confirmed_per_second=$confirmed_range cpu_us_per_order=$cpu_range db_ceiling_per_second=$top_range"
  echo "bench: confirmed_per_second=$confirmed p50_ms=$p50 p99_ms=$p99 db_ceiling_per_second=$top" \
    "ratio=$(awk -v a="$confirmed" -v b="$top" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "0" }')" \
    "cpu_us_per_order=$cpu"
  return "$VERDICT"
}

VERDICT=0  # of the checker
main
