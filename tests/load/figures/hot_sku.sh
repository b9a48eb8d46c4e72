#!/usr/bin/env bash
# All orders name one item, in turn with orders of items that are all alike; more is offered than can be done.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

readonly HOT_SKU=LOAD-00000

main() {
  local number line file hot uniform
  figure_stack hot-sku
  prepare_rate
  settle
  file="$STACK_DIR/hot-sku"
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    MIX=("${FULL_MIX[@]}" --zipf 0)
    line="$(saturate "$FULL_SECONDS")"
    echo "run: figure=hot-sku kind=uniform run=$number ${line#load: }" | tee -a "$file.uniform"
    await_rest
    MIX=("${FULL_MIX[@]}" --zipf 0 --hot-sku "$HOT_SKU")
    line="$(saturate "$FULL_SECONDS")"
    echo "run: figure=hot-sku kind=hot run=$number ${line#load: }" | tee -a "$file.hot"
    await_rest
  done
  hot="$(median_of finished_per_second "$file.hot" hot_per_second)"
  uniform="$(median_of finished_per_second "$file.uniform" uniform_per_second)"
  # The checker adds up what was promised of each item.
  verdict hot-sku
  echo "bench-full: hot-sku $hot $uniform" \
    "ratio=$(ratio "$(value hot_per_second "$hot")" "$(value uniform_per_second "$uniform")")" \
    "oversold=0 rate=$(percent_of_rate "$SATURATION_PERCENT") runs=$FULL_RUNS seconds=$FULL_SECONDS"
}

main
