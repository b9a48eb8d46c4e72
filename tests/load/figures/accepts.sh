#!/usr/bin/env bash
# CreateOrder acknowledged, that is stored for good, with the sagas held back. What runs: PostgreSQL, Kafka,
# order-service, which also hands the first commands to Kafka, and inventory-service for the quotes, without
# its consumer: it looks for Kafka where nobody listens. Nothing else does. order-service's bound on how long orders
# take to come to rest is set out of reach: none comes to rest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh
# shellcheck source=tests/load/figures/held_back.sh
source tests/load/figures/held_back.sh

readonly IN_FLIGHT=256

main() {
  local number line file before after accepted=0 rate
  figure_stack accepts
  file="$STACK_DIR/accepts"
  hold_sagas_back
  before="$(orders_stored)"
  for ((number = 1; number <= FULL_RUNS; ++number)); do
    line="$("$BIN/loadgen" --skus "$SKUS" accept --in-flight "$IN_FLIGHT" --seconds "$FULL_SECONDS" --warmup 3 --lines 5)"
    echo "run: figure=accepts run=$number ${line#accepts: }" | tee -a "$file"
    accepted=$((accepted + $(value answered "$line")))
    line="$(database_ceiling 128 --accept-only)"
    echo "db_ceiling: figure=accepts run=$number ${line#db_ceiling: }" | tee -a "$file.ceiling"
  done
  after="$(orders_stored)"
  if ((after - before < accepted)); then
    echo "accepts: $accepted orders were acknowledged and only $((after - before)) are stored" >&2
    return 1
  fi
  rate="$(median_of accepts_per_second "$file")"
  line="$(median_of accepts_per_second "$file.ceiling" db_ceiling_per_second)"
  echo "bench-full: accepts $rate $line" \
    "ratio=$(ratio "$(value accepts_per_second "$rate")" "$(value db_ceiling_per_second "$line")")" \
    "$(median_of p50_ms "$file") $(median_of p99_ms "$file") in_flight=$IN_FLIGHT" \
    "acknowledged=$accepted stored=$((after - before)) runs=$FULL_RUNS seconds=$FULL_SECONDS"
}

main
