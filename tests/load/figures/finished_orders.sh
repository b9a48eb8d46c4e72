#!/usr/bin/env bash
# Many finished orders in the tables of all services against nearly none, with more offered than can be done.
# Settings: FULL_FINISHED_ORDERS, a multiple of 1000
#           FULL_FINISHED_VERIFY, no: the checker, which reads every order and so takes an hour for ten million, is left out (yes)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh
: "${FULL_FINISHED_VERIFY:=yes}"

runs() {  # kind
  local number line
  settle
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    line="$(saturate "$FULL_SECONDS")"
    echo "run: figure=finished-orders kind=$1 run=$number ${line#load: }" | tee -a "$STACK_DIR/finished.$1"
    await_rest
  done
}

main() {
  local full empty line
  figure_stack finished-orders
  prepare_rate
  runs empty
  deploy/local/services.sh down >&2
  line="$(database_ceiling 64)"
  echo "db_ceiling: figure=finished-orders kind=empty ${line#db_ceiling: }"
  echo "  filling the tables with $FULL_FINISHED_ORDERS finished orders" >&2
  tests/load/fill/fill.sh "$FULL_FINISHED_ORDERS"
  line="$(database_ceiling 64)"
  echo "db_ceiling: figure=finished-orders kind=full ${line#db_ceiling: }"
  deploy/local/services.sh up >&2
  warm_up "$WARM_UP_RATE"
  runs full
  full="$(median_of finished_per_second "$STACK_DIR/finished.full" full_per_second)"
  empty="$(median_of finished_per_second "$STACK_DIR/finished.empty" empty_per_second)"
  if [[ "$FULL_FINISHED_VERIFY" != no ]]; then verdict finished-orders; fi
  echo "bench-full: finished-orders $full $empty" \
    "ratio=$(ratio "$(value full_per_second "$full")" "$(value empty_per_second "$empty")")" \
    "orders=$FULL_FINISHED_ORDERS verified=$FULL_FINISHED_VERIFY runs=$FULL_RUNS seconds=$FULL_SECONDS"
}

main
