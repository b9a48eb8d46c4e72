#!/usr/bin/env bash
# Orders through the whole saga, sustained, beside the ceilings of the same minutes; and what one costs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

# One file for all runs: the lines of each, without the table that people read.
run() {  # number
  local file="$STACK_DIR/run-$1"
  measured_run "$1" "$file" "$FULL_RATE" "$FULL_SECONDS"
  cat "$file" >>"$STACK_DIR/runs"
  sed -n "s/^bench: run=/run: figure=saga run=/p; s/^\(accounting\|db_ceiling\|grpc_ceiling\|kafka_ceiling\): /\1: figure=saga run=$1 /p" "$file"
  tests/load/accounting.py lines "$file.accounting" "$(value finished_per_second "$(<"$file")" | head -n 1)" \
    "figure=saga run=$1"
}

main() {
  local number confirmed ceiling
  figure_stack saga
  # Not what an earlier try of this figure carried: offered again, it would sink from try to try.
  FULL_RESULTS='' prepare_rate
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    if ((number > 1)); then deploy/local/services.sh up >&2; fi
    run "$number"
  done
  confirmed="$(median_of confirmed_per_second "$STACK_DIR/runs")"
  ceiling="$(median_of sagas_per_second "$STACK_DIR/runs" db_ceiling_per_second)"
  echo "bench-full: saga $confirmed $ceiling $(median_of finished_per_second "$STACK_DIR/runs")" \
    "ratio=$(ratio "$(value confirmed_per_second "$confirmed")" "$(value db_ceiling_per_second "$ceiling")")" \
    "$(median_of p50_ms "$STACK_DIR/runs") $(median_of p99_ms "$STACK_DIR/runs") rate=$FULL_RATE" \
    "runs=$FULL_RUNS seconds=$FULL_SECONDS"
  echo "bench-full: cpu $(median_of cpu_us_per_order "$STACK_DIR/runs") runs=$FULL_RUNS seconds=$FULL_SECONDS"
  if ((VERDICT != 0)); then echo "$VERIFICATION" >&2; fi
  echo "verify: figure=saga $(tail -n 1 <<<"$VERIFICATION" | sed 's/^verify: //')"
  return "$VERDICT"
}

main
