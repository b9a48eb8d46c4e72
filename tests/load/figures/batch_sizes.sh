#!/usr/bin/env bash
# The same code with batches of at most so many orders, one size after the other, beside the database alone
# with the same batch. 1 is the conventional way: a transaction for each order and step. Each size gets the highest
# rate that it keeps up; and 20/s, which every size keeps up.
# Settings: FULL_BATCHES, sizes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

readonly LIGHT_RATE=20 SLOW_WARM_UP_RATE=50

restart_with_batch() {  # size
  deploy/local/services.sh down >&2
  ORDER_EXTRA_ENV="ORDERFLOW_ACCEPT_BATCH_MAX=$1" SAGA_EXTRA_ENV="ORDERFLOW_REPLY_BATCH_MAX=$1" \
    INVENTORY_EXTRA_ENV="ORDERFLOW_INVENTORY_BATCH_MAX=$1" PAYMENT_EXTRA_ENV="ORDERFLOW_PAYMENT_BATCH_MAX=$1" \
    NOTIFICATION_EXTRA_ENV="ORDERFLOW_NOTIFICATION_BATCH_MAX=$1" PROVIDER_EXTRA_ENV="ORDERFLOW_PROVIDER_BATCH_MAX=$1" \
    deploy/local/services.sh up >&2
  warm_up "$SLOW_WARM_UP_RATE"
}

measure() {  # size
  local light full ceiling rate most finished
  restart_with_batch "$1"
  light="$(load "$LIGHT_RATE" "$FULL_POINT_SECONDS" "$RUN_WARMUP")"
  read -r rate most < <(find_rate)
  await_rest
  full="$(load "$rate" "$FULL_POINT_SECONDS" "$RUN_WARMUP")"
  await_rest
  finished="$(value finished_per_second "$full")"
  deploy/local/services.sh down >&2
  ceiling="$(database_ceiling "$1")"
  echo "point: figure=batch-sizes batch=$1 finished_per_second=$((most > finished ? most : finished)) rate=$rate" \
    "p50_ms=$(value p50_ms "$full") p99_ms=$(value p99_ms "$full")" \
    "light_p50_ms=$(value p50_ms "$light") light_p99_ms=$(value p99_ms "$light")" \
    "db_ceiling_per_second=$(value sagas_per_second "$ceiling") seconds=$FULL_POINT_SECONDS"
}

main() {
  local size one most
  figure_stack batch-sizes
  for size in $FULL_BATCHES; do
    measure "$size" | tee -a "$STACK_DIR/points"
  done
  deploy/local/services.sh up >&2
  verdict batch-sizes
  one="$(value finished_per_second "$(grep -m 1 ' batch=1 ' "$STACK_DIR/points")")"
  most="$(grep -o ' finished_per_second=[0-9]*' "$STACK_DIR/points" | cut -d= -f2 | sort -n | tail -n 1)"
  echo "bench-full: batch-sizes conventional_per_second=${one:-0} best_per_second=$most gain=$(ratio "$most" "$one")" \
    "seconds=$FULL_POINT_SECONDS runs=1"
}

main
