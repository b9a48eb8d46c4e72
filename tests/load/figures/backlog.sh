#!/usr/bin/env bash
# Messages that could not be delivered: orders are accepted while Kafka is down, until that many messages wait
# in order-service's outbox. Then everything runs again, and orders keep coming at a quarter of the rate that
# is kept up until the backlog is gone. What a backlog is made of is then: outbox rows, later unread commands.
# Settings: FULL_BACKLOG, messages; FULL_BACKLOG_TIMEOUT_S, for the drain.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh
# shellcheck source=tests/load/figures/held_back.sh
source tests/load/figures/held_back.sh

readonly FILL_SECONDS=$((FULL_BACKLOG < 200000 ? 1 : 5)) FILL_TIMEOUT_S=1800
readonly ARRIVAL_PERCENT=25
: "${FULL_BACKLOG_TIMEOUT_S:=3600}"

sql() { psql -X -A -t -F ' ' -c "$1" "$(deploy/local/postgres.sh admin-url orders)"; }
messages_waiting() { sql 'SELECT coalesce(sum(cardinality(message_ids)), 0) FROM outbox'; }
# Stored, under way, outbox rows.
sample() {
  sql "SELECT (SELECT count(*) FROM orders), (SELECT count(*) FROM orders WHERE state IN ('PENDING', 'CANCELLING')),
              (SELECT count(*) FROM outbox)"
}

fill() {
  local waiting=0 deadline=$((SECONDS + FILL_TIMEOUT_S))
  deploy/local/kafka.sh down >&2
  while ((waiting < FULL_BACKLOG)); do
    "$BIN/loadgen" --skus "$SKUS" accept --in-flight 256 --seconds "$FILL_SECONDS" --warmup 0 --lines 5 >&2
    waiting="$(messages_waiting)"
    echo "  $waiting messages wait" >&2
    if ((SECONDS > deadline)); then
      echo "error: the backlog does not grow" >&2
      return 1
    fi
  done
}

# Orders at a rate, again and again until the file is gone: nobody knows how long the drain takes.
arrive() {  # rate, file
  while [[ -e "$2" ]]; do load "$1" "$FULL_POINT_SECONDS" 0 --drain 0 || return 1; done
}

# The most resident memory of a process of ours, in MiB, and whose it is.
memory_max() {
  local file pid most=0 kib process=none
  for file in "$ORDERFLOW_STATE_DIR"/pids/*-{service,orchestrator,simulator}; do
    read -r pid _ <"$file"
    kib="$(awk '/^VmRSS/ { print $2 }' "/proc/$pid/status" 2>/dev/null || true)"
    if ((${kib:-0} > most)); then most="$kib" process="${file##*/}"; fi
  done
  echo "max_mib=$((most / 1024)) process=$process"
}

# A line for each look, until what is under way is what arrives within two seconds.
watch_drain() {  # rate of arrivals
  local stored under_way rows started="$SECONDS" pause=5
  if ((FULL_BACKLOG < 100000)); then pause=1; fi
  while true; do
    read -r stored under_way rows < <(sample)
    echo "point: figure=backlog s=$((SECONDS - started)) finished=$((stored - under_way)) stored=$stored" \
      "under_way=$under_way outbox_rows=$rows $(memory_max)"
    if ((under_way <= 2 * $1)); then return 0; fi
    if ((SECONDS - started > FULL_BACKLOG_TIMEOUT_S)); then
      echo "backlog: not drained within $FULL_BACKLOG_TIMEOUT_S s" >&2
      return 1
    fi
    sleep "$pause"
  done
}

main() {
  local rate waiting rows arrivals drained=0
  figure_stack backlog
  prepare_rate
  rate="$(percent_of_rate "$ARRIVAL_PERCENT")"
  hold_sagas_back
  fill
  waiting="$(messages_waiting)"
  rows="$(sql 'SELECT count(*) FROM outbox')"
  deploy/local/services.sh down >&2
  deploy/local/kafka.sh up >&2
  deploy/local/services.sh up >&2
  touch "$STACK_DIR/arriving"
  arrive "$rate" "$STACK_DIR/arriving" >&2 &
  arrivals=$!
  watch_drain "$rate" >"$STACK_DIR/drain" || drained=1
  rm "$STACK_DIR/arriving"
  wait "$arrivals"
  cat "$STACK_DIR/drain"
  echo "bench-full: backlog $(tests/load/drain.py "$STACK_DIR/drain" "$waiting") messages=$waiting outbox_rows=$rows" \
    "offered_per_second=$rate runs=1"
  await_rest
  verdict backlog
  return "$drained"
}

main
