#!/usr/bin/env bash
# GetOrder of hot orders from one order-service, as many as 64 at a time give, in turn with calls that do
# nothing; and how long they take at the rate that is asked for, or half of the most where that is less.
# Only order-service runs, beside PostgreSQL and an idle Kafka: mails of the warm-up would still be sent by the
# others. One thread with one completion queue calls.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

readonly HOT_ORDERS=200 IN_FLIGHT=64 WANTED_RATE=25000

main() {
  local number most rate line file
  figure_stack reads
  file="$STACK_DIR/reads"
  deploy/local/services.sh down payment-provider-simulator payment-service inventory-service notification-service \
    saga-orchestrator >&2
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    tests/load/accounting.py watch "$STACK_DIR" "$FULL_POINT_SECONDS" 2 >"$file.accounting" &
    line="$("$BIN/loadgen" read --orders "$HOT_ORDERS" --in-flight "$IN_FLIGHT" --seconds "$FULL_POINT_SECONDS" --warmup 2)"
    echo "run: figure=reads run=$number ${line#reads: }" | tee -a "$file.reads"
    wait $!
    tests/load/accounting.py lines "$file.accounting" "$(value reads_per_second "$line")" "figure=reads run=$number"
    line="$("$BIN/grpc-ceiling" --in-flight "$IN_FLIGHT" --seconds "$FULL_POINT_SECONDS")"
    echo "grpc_ceiling: figure=reads run=$number ${line#grpc_ceiling: }" | tee -a "$file.ceiling"
  done
  most="$(median_of reads_per_second "$file.reads")"
  rate="$(value reads_per_second "$most")"
  rate=$((rate / 2 < WANTED_RATE ? rate / 2 : WANTED_RATE))
  line="$("$BIN/loadgen" read --orders "$HOT_ORDERS" --in-flight 2000 --rate "$((rate > 0 ? rate : 1))" \
    --seconds "$FULL_POINT_SECONDS" --warmup 2)"
  echo "point: figure=reads ${line#reads: }"
  echo "bench-full: reads $most $(median_of calls_per_second "$file.ceiling" echo_per_second)" \
    "ratio=$(ratio "$(value reads_per_second "$most")" "$(median_of calls_per_second "$file.ceiling" | cut -d' ' -f1 | cut -d= -f2)")" \
    "p50_ms=$(value p50_ms "$line") p99_ms=$(value p99_ms "$line") at_rate=$(value rate "$line")" \
    "errors=$(value errors "$line") runs=$FULL_RUNS seconds=$FULL_POINT_SECONDS"
}

main
