#!/usr/bin/env bash
# Measures what an order costs, on a stack of its own, and prints the entries of measured.toml about it.
# Usage: measure.sh [WHERE]   what to write into their `where` besides rate and date
# Settings: MEASURE_RATE      orders per second (800): one that is kept up, busy enough that batches form
#           MEASURE_SECONDS   length of the run (30)
#           MEASURE_DIR       state folder (a new one under build/, deleted at the end unless given)
# As root in a network of its own, so that no other program's bytes are counted.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${MEASURE_RATE:=800}"
: "${MEASURE_SECONDS:=30}"
: "${MEASURE_DIR:=}"
deploy/local/kafka.sh fetch >&2
deploy/local/mail.sh fetch >&2
if ((EUID == 0)) && [[ -z "${MEASURE_IN_NETWORK:-}" ]]; then
  MEASURE_IN_NETWORK=yes exec unshare --net bash -c 'ip link set lo up && exec "$@"' measure "$PWD/tools/capacity/measure.sh" "$@"
fi
# shellcheck source=tests/load/lib.sh
source tests/load/lib.sh
MIX=(--lines 5 --declined 0.02 --sold-out 0.01 --cancelled 0.01)
readonly WARMUP=5

main() {
  local line watched where
  use_stack_dir "$MEASURE_DIR" measure
  start_stack
  load $((MEASURE_RATE / 2)) 20 5 >&2
  watched="$STACK_DIR/watched.json"
  tools/capacity/measure.py load "$STACK_DIR" "$MEASURE_SECONDS" "$WARMUP" "$watched" &
  line="$(load "$MEASURE_RATE" "$MEASURE_SECONDS" "$WARMUP")"
  wait $!
  echo "$line" >&2
  await_quiet
  where="\`tools/capacity/measure.sh\` at $(value finished_per_second "$line") orders/s, $(date +%F)${1:+, $1}"
  tools/capacity/measure.py report "$STACK_DIR" "$watched" "$where"
  # Debian's own Python, whose packages `make install-bench` has installed.
  /usr/bin/python3 tools/capacity/measure_reads.py "$STACK_DIR" "\`tools/capacity/measure_reads.py\`, 64 calls at once, $(date +%F)${1:+, $1}"
}

main "$@"
