#!/usr/bin/env bash
# Measures every figure of docs/performance.md, each on a stack of its own, and writes that page (with ONLY= or
# FULL_SHORT=1 beside the results instead).
# Usage: bench_full.sh                   (make bench-full)
# Settings: ONLY=<figure>[,<figure>...]  only these: saga rates latency reads accepts hot-sku batch-sizes
#                                        replicas memory spike backlog finished-orders
#           FULL_SHORT=1                 seconds instead of minutes, everything once: to try the figures themselves
#           FULL_RUNS                    runs of each figure; their median counts (3)
#           FULL_SECONDS                 length of a run (60)
#           FULL_POINT_SECONDS           length of a point of a plot, and of runs that need no minute (20)
#           FULL_WARMUP                  seconds of load that each stack gets before (60)
#           FULL_RATE                    the rate that can be carried; empty: what the figure saga carried, or found out
#           FULL_BATCHES                 sizes of batches to compare (1 4 16 64 256)
#           FULL_FINISHED_ORDERS         in the tables of finished-orders (10000000: 55 GB of disk)
#           FULL_FINISHED_VERIFY         no: without the checker there, which reads every order (yes)
#           FULL_BACKLOG                 messages that wait in the outbox (1000000)
#           FULL_MEMORY_SECONDS          how long memory is watched (600)
#           FULL_SPIKE_SECONDS           length of the spike (60)
#           FULL_DIR                     folder of results.txt, which is added to (a new one in build/bench)
#           FULL_PAGES                   folder of the page (docs for a whole run, else FULL_DIR). To measure some rows of
#                                        docs/performance.md anew: FULL_DIR=docs/performance FULL_PAGES=docs ONLY=...
# A figure that fails is reported as failed, and the others go on. Of a figure that was measured more than
# once the last result counts, so that ONLY= with the same FULL_DIR repeats one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly FIGURES=(saga rates latency reads accepts hot-sku batch-sizes replicas memory spike backlog finished-orders)
# Long ones, shortened.
if [[ -n "${FULL_SHORT:-}" ]]; then
  : "${FULL_RUNS:=1}" "${FULL_SECONDS:=8}" "${FULL_POINT_SECONDS:=5}" "${FULL_WARMUP:=6}"
  : "${FULL_BATCHES:=1 64}" "${FULL_FINISHED_ORDERS:=100000}" "${FULL_BACKLOG:=20000}"
  : "${FULL_MEMORY_SECONDS:=30}" "${FULL_SPIKE_SECONDS:=10}" "${CEILING_SECONDS:=3}"
  # As in `make test`: a rate that any machine keeps up, on shared processors.
  : "${OVERLOAD_RATE:=150}" "${OVERLOAD_SEPARATE:=no}" "${OVERLOAD_PEAK_SECONDS:=10}" "${OVERLOAD_RECOVERY_SECONDS:=15}"
  : "${OVERLOAD_ACCEPT_BATCH_MAX:=2}"
  export OVERLOAD_RATE OVERLOAD_SEPARATE OVERLOAD_PEAK_SECONDS OVERLOAD_RECOVERY_SECONDS OVERLOAD_ACCEPT_BATCH_MAX
  export CEILING_SECONDS
fi
: "${FULL_RUNS:=3}" "${FULL_SECONDS:=60}" "${FULL_POINT_SECONDS:=20}" "${FULL_WARMUP:=60}"
: "${FULL_BATCHES:=1 4 16 64 256}" "${FULL_FINISHED_ORDERS:=10000000}" "${FULL_BACKLOG:=1000000}"
: "${FULL_MEMORY_SECONDS:=600}" "${FULL_SPIKE_SECONDS:=60}"
: "${ONLY:=}" "${FULL_DIR:=build/bench/$(date -u +%Y-%m-%d-%H%M%S)}"
export FULL_RUNS FULL_SECONDS FULL_POINT_SECONDS FULL_WARMUP FULL_BATCHES FULL_FINISHED_ORDERS FULL_BACKLOG
export FULL_MEMORY_SECONDS FULL_SPIKE_SECONDS
export FULL_RESULTS="$FULL_DIR/results.txt"

selected() {
  local figure
  if [[ -z "$ONLY" ]]; then
    printf '%s\n' "${FIGURES[@]}"
    return 0
  fi
  for figure in ${ONLY//,/ }; do
    if [[ " ${FIGURES[*]} " != *" $figure "* ]]; then
      echo "error: there is no figure '$figure'; there are: ${FIGURES[*]}" >&2
      return 2
    fi
    echo "$figure"
  done
}

default_of() {  # setting of the local stack
  sed -n "s/^: \"\${$1:=\(.*\)}\"$/\1/p" deploy/local/settings.env
}

# The settings of the database that decide what a commit and a checkpoint cost.
postgres_settings() {
  grep -E '^(fsync|synchronous_commit|full_page_writes|wal_buffers|max_wal_size|checkpoint_timeout|jit) ' \
    deploy/local/postgres/postgresql.conf | sed 's/ = / /' | paste -sd, | sed 's/,/, /g'
}

processors() {
  echo "$(nproc) x $(sed -n 's/^model name\s*: //p' /proc/cpuinfo | sort -u | paste -sd '/')"
}

# What a reader must know to compare: this machine, the servers, and what was built.
describe() {
  local memory
  memory="$(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)"
  echo "machine: processors | $(processors)"
  echo "machine: memory | $memory"
  echo "machine: kernel | $(uname -s) $(uname -r | grep -o '^[0-9.]*[0-9]')"
  echo "machine: PostgreSQL | $(psql --version | grep -o '[0-9][0-9.]*' | sed -n 1p)"
  echo "machine: its settings | $(postgres_settings), data checksums, an eighth of the memory for shared buffers (2 GB at most), huge pages where the kernel lets us"
  echo "machine: Kafka | $(default_of KAFKA_VERSION), $(default_of KAFKA_NODES) node, heap $(default_of KAFKA_HEAP), $(default_of KAFKA_TOPIC_PARTITIONS) partitions a topic, acknowledged by all replicas"
  echo "machine: length | ${FULL_SHORT:+short: }$FULL_RUNS runs of $FULL_SECONDS s"
}

# Figures of one results file may be of different days and machines: ONLY= adds to it.
measure() {  # figure
  local commit
  commit="$(git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)"
  git diff --quiet HEAD -- ':!docs/performance' 2>/dev/null || commit+=-changed
  echo "measuring: $1 date=$(date -u +%Y-%m-%d) commit=$commit processors=$(processors | tr ' ' '_')" | tee -a "$FULL_RESULTS" >&2
  if ! "tests/load/figures/${1//-/_}.sh" | tee -a "$FULL_RESULTS"; then
    failed+=("$1")
    echo "bench-full: $1 failed" | tee -a "$FULL_RESULTS"
  fi
}

main() {
  local figures figure pages
  failed=()
  figures="$(selected)"
  mkdir -p "$FULL_DIR"
  if [[ ! -s "$FULL_RESULTS" ]]; then describe | tee "$FULL_RESULTS"; fi
  for figure in $figures; do measure "$figure"; done
  # Only a whole run is for everybody to see.
  pages="${FULL_PAGES:-$FULL_DIR}"
  if [[ -z "$ONLY${FULL_SHORT:-}" ]]; then
    pages=docs
    if ! [[ "$FULL_RESULTS" -ef docs/performance/results.txt ]]; then cp "$FULL_RESULTS" docs/performance/results.txt; fi
  fi
  tests/load/performance_page.py "$FULL_RESULTS" "$pages"
  echo "bench-full: results in $FULL_RESULTS, page in $pages/performance.md, failed: ${failed[*]:-none}"
  ((${#failed[@]} == 0))
}

main
