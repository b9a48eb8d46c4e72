#!/usr/bin/env bash
# Two processes of each service against one, in turn, on the same processors: what coordination costs, and
# whether every promise holds. Four partitions, so that each of two has some. Half of the orders go to
# either order-service.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
export KAFKA_TOPIC_PARTITIONS=4
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

readonly SERVICES=(payment-service inventory-service notification-service saga-orchestrator order-service)
readonly READY_TIMEOUT_S=60
SECOND_ADDRESS=''

await_ready() {  # admin port
  local deadline=$((SECONDS + READY_TIMEOUT_S))
  until curl -fsS --max-time 2 "http://127.0.0.1:$1/readyz" >/dev/null 2>&1; do
    if ((SECONDS > deadline)); then
      echo "error: a second process is not ready" >&2
      return 1
    fi
    sleep 0.2
  done
}

start_second() {
  local name ports
  # shellcheck source=deploy/local/ports.sh
  source deploy/local/ports.sh
  for name in "${SERVICES[@]}"; do
    read -ra ports < <(free_ports 2)
    tests/fault/second_instance.sh "$name" "${ports[0]}" "${ports[1]}" >&2
    await_ready "${ports[1]}"
    if [[ "$name" == order-service ]]; then SECOND_ADDRESS="127.0.0.1:${ports[0]}"; fi
  done
}

stop_second() {
  local name
  # shellcheck source=deploy/local/lib.sh
  for name in "${SERVICES[@]}"; do (source deploy/local/lib.sh && stop_process "second-$name") >&2; done
}

# Two generators, each with its own orders, at the addresses.
offer() {  # number, replicas, addresses...
  local name="$STACK_DIR/replicas.$2.$1" address rate half pids=() pid
  rate="$(percent_of_rate "$SATURATION_PERCENT")"
  half=$((rate / 2))
  tests/load/accounting.py watch "$STACK_DIR" "$FULL_SECONDS" "$RUN_WARMUP" >"$name.accounting" &
  pids+=($!)
  for address in "${@:3}"; do
    load "$half" "$FULL_SECONDS" "$RUN_WARMUP" --order-address "$address" >>"$name.load" &
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

main() {
  local number one two
  figure_stack replicas
  prepare_rate
  settle
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    offer "$number" 1 "$ORDERFLOW_ORDER_ADDRESS" "$ORDERFLOW_ORDER_ADDRESS"
    start_second
    offer "$number" 2 "$ORDERFLOW_ORDER_ADDRESS" "$SECOND_ADDRESS"
    stop_second
  done
  verdict replicas
  one="$(median_of finished_per_second "$STACK_DIR/replicas.1" one_per_second)"
  two="$(median_of finished_per_second "$STACK_DIR/replicas.2" two_per_second)"
  echo "bench-full: replicas $two $one" \
    "ratio=$(ratio "$(value two_per_second "$two")" "$(value one_per_second "$one")")" \
    "$(median_of cpu_us_per_order "$STACK_DIR/replicas.2" two_cpu_us_per_order)" \
    "$(median_of cpu_us_per_order "$STACK_DIR/replicas.1" one_cpu_us_per_order)" \
    "violations=0 rate=$(percent_of_rate "$SATURATION_PERCENT") runs=$FULL_RUNS seconds=$FULL_SECONDS"
}

main
