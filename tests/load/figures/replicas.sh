#!/usr/bin/env bash
# Two and four processes of each service against one, in turn, on the same processors: what coordination
# costs, and whether every promise holds while the partitions of a topic move from one to the other under
# load. Four partitions, so that each of four has one. Each order-service gets its share of the orders.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
export KAFKA_TOPIC_PARTITIONS=4
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

readonly SERVICES=(payment-service inventory-service notification-service saga-orchestrator order-service)
readonly ORDINALS=(second third fourth)
readonly READY_TIMEOUT_S=60
ADDRESSES=()  # of the order-services that run

await_ready() {  # admin port
  local deadline=$((SECONDS + READY_TIMEOUT_S))
  until curl -fsS --max-time 2 "http://127.0.0.1:$1/readyz" >/dev/null 2>&1; do
    if ((SECONDS > deadline)); then
      echo "error: a further process is not ready" >&2
      return 1
    fi
    sleep 0.2
  done
}

start_further() {  # ordinal
  local name ports
  # shellcheck source=deploy/local/ports.sh
  source deploy/local/ports.sh
  for name in "${SERVICES[@]}"; do
    read -ra ports < <(free_ports 2)
    tests/fault/second_instance.sh "$name" "${ports[0]}" "${ports[1]}" "$1" >&2
    await_ready "${ports[1]}"
    if [[ "$name" == order-service ]]; then ADDRESSES+=("127.0.0.1:${ports[0]}"); fi
  done
}

stop_further() {  # ordinals...
  local name ordinal
  for ordinal in "$@"; do
    # shellcheck source=deploy/local/lib.sh
    for name in "${SERVICES[@]}"; do (source deploy/local/lib.sh && stop_process "$ordinal-$name") >&2; done
  done
  ADDRESSES=("${ADDRESSES[0]}")
}

# One generator for each order-service, each with its own orders. With one there are two all the same: what
# generators cost each other is no cost of replicas.
offer() {  # number, replicas
  local name="$STACK_DIR/replicas.$2.$1" address rate pids=() pid addresses=("${ADDRESSES[@]}")
  if ((${#addresses[@]} == 1)); then addresses+=("${ADDRESSES[0]}"); fi
  rate="$(percent_of_rate "$SATURATION_PERCENT")"
  tests/load/accounting.py watch "$STACK_DIR" "$FULL_SECONDS" "$RUN_WARMUP" >"$name.accounting" &
  pids+=($!)
  for address in "${addresses[@]}"; do
    load $((rate / ${#addresses[@]})) "$FULL_SECONDS" "$RUN_WARMUP" --order-address "$address" >>"$name.load" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
  await_rest
  cat "$name.load" >&2
  finished="$(grep -o ' finished_per_second=[0-9]*' "$name.load" | cut -d= -f2 | awk '{ sum += $1 } END { print sum }')"
  accounting="$(tests/load/accounting.py report "$name.accounting" "$finished")"
  echo "run: figure=replicas replicas=$2 run=$1 finished_per_second=$finished ${accounting#accounting: }" |
    tee -a "$STACK_DIR/replicas.$2"
}

# Orders come while the partitions of four processes become those of one.
leave_under_load() {
  load "$(percent_of_rate 30)" "$FULL_WARMUP" 2 >&2 &
  sleep 1
  stop_further "${ORDINALS[@]}"
  wait $!
  await_rest
}

of() {  # replicas, value, name for the result
  median_of "$2" "$STACK_DIR/replicas.$1" "$3"
}

main() {
  local number one two four
  figure_stack replicas
  ADDRESSES=("$ORDERFLOW_ORDER_ADDRESS")
  prepare_rate
  settle
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    offer "$number" 1
    start_further second
    offer "$number" 2
    start_further third
    start_further fourth
    offer "$number" 4
    leave_under_load
  done
  verdict replicas
  one="$(of 1 finished_per_second one_per_second)"
  two="$(of 2 finished_per_second two_per_second)"
  four="$(of 4 finished_per_second four_per_second)"
  echo "bench-full: replicas $four $two $one" \
    "two_ratio=$(ratio "$(value two_per_second "$two")" "$(value one_per_second "$one")")" \
    "four_ratio=$(ratio "$(value four_per_second "$four")" "$(value one_per_second "$one")")" \
    "$(of 4 cpu_us_per_order four_cpu_us_per_order) $(of 2 cpu_us_per_order two_cpu_us_per_order)" \
    "$(of 1 cpu_us_per_order one_cpu_us_per_order)" \
    "violations=0 rate=$(percent_of_rate "$SATURATION_PERCENT") runs=$FULL_RUNS seconds=$FULL_SECONDS"
}

main
