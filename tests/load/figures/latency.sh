#!/usr/bin/env bash
# From the intended send time to CONFIRMED: at 20 and 100 orders a second, and at half of what is kept up.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

measure() {  # name, rate
  local number line file="$STACK_DIR/$1"
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    line="$(load "$2" "$FULL_SECONDS" "$RUN_WARMUP")"
    echo "$line" >>"$file"
    echo "run: figure=$1 run=$number ${line#load: }"
    # Who is refused has no latency: a percentile of the others would say too little.
    if (($(value failed "$line") + $(value unfinished "$line") > 0)); then
      echo "$1: not every order was accepted and finished" >&2
      return 1
    fi
  done
  echo "bench-full: $1 $(median_of p50_ms "$file") $(median_of p99_ms "$file") rate=$2 runs=$FULL_RUNS seconds=$FULL_SECONDS"
}

main() {
  figure_stack latency
  measure latency-20 20
  measure latency-100 100
  prepare_rate
  measure latency-half "$(percent_of_rate 50)"
  verdict latency
}

main
