#!/usr/bin/env bash
# What is finished, and how quickly, at rates from a tenth of what is kept up to beyond it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

readonly SHARES=(10 25 50 75 90 100 110 130)  # percent

main() {
  local share line
  figure_stack rates
  prepare_rate
  for share in "${SHARES[@]}"; do
    line="$(load "$(percent_of_rate "$share")" "$FULL_POINT_SECONDS" "$RUN_WARMUP")"
    echo "point: figure=rates share=$share ${line#load: }"
    await_rest
  done
  verdict rates
  echo "bench-full: rates points=${#SHARES[@]} rate=$FULL_RATE seconds=$FULL_POINT_SECONDS"
}

main
