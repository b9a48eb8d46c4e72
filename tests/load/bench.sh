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
MIX=("${FULL_MIX[@]}")
readonly LATENCY_RATE=100 LATENCY_SECONDS=20
# The broker's code is compiled meanwhile: in the first half minute an order costs twice as much.
readonly WARM_UP_RATE=1000 WARM_UP_SECONDS=45
readonly PROBE_SECONDS=8 PROBE_WARMUP=4
readonly PROBE_RATES=(500 1000 1250 1500 1600 1750 2000 2500 3000 4000 5000)
readonly PROBE_P99_MS=1000  # a queue that grows shows here before throughput falls

main() {
  local latency number files=() low high confirmed p50 p99 top cpu
  local confirmed_range cpu_range top_range
  use_stack_dir "$BENCH_DIR" bench
  echo "bench: starting a stack in $STACK_DIR" >&2
  start_stack
  use_wal_files

  echo "bench: warming up" >&2
  load "$WARM_UP_RATE" "$WARM_UP_SECONDS" 0 >&2
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
    measured_run "$number" "$STACK_DIR/run-$number" "$BENCH_RATE" "$BENCH_SECONDS"
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
    "ratio=$(ratio "$confirmed" "$top")" \
    "cpu_us_per_order=$cpu"
  return "$VERDICT"
}

main
