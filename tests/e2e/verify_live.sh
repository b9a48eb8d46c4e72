#!/usr/bin/env bash
# Orders of every outcome flow while `orderctl verify --incremental` looks each second: it must raise
# no alarm, and when they have come to rest it must have nothing left to read.
# Usage: verify_live.sh DIR (of stack.sh; the stack runs)
set -euo pipefail

readonly RUNS_MIN=5 REST_SECONDS_MAX=90

set -a
# shellcheck disable=SC1091  # written by stack.sh
source "$1/stack.env"
set +a
orderctl="$ORDERFLOW_BUILD_DIR/bin/orderctl"
work="$(mktemp -d)"
looks="$work/looks.txt"
checker=""
finish() {
  [[ -z "$checker" ]] || kill "$checker" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

fail() {
  echo "error: $1" >&2
  cat "$looks" >&2
  exit 1
}

runs() { grep -c '^verify: ' "$looks" || true; }

"$orderctl" verify --incremental --state "$work/state" --metrics-file "$work/verify.prom" --every 1 \
  >"$looks" 2>&1 &
checker=$!
for round in 1 2 3 4 5 6; do
  "$orderctl" demo --orders 200 >"$work/demo.txt" || fail "demo $round failed: $(<"$work/demo.txt")"
done
SECONDS=0
until (($(runs) >= RUNS_MIN)) && [[ "$(grep '^verify: ' "$looks" | tail -1)" == "verify: orders=0 violations=0" ]]; do
  ((SECONDS < REST_SECONDS_MAX)) || fail "orders are still being read $REST_SECONDS_MAX s after the last one"
  sleep 0.5
done
kill -0 "$checker" || fail "the checker has ended by itself"
if grep -E '^(FAIL|error)' "$looks" >/dev/null; then
  fail "a false alarm"
fi
grep -q '^orderflow_verify_violations{invariant="money.one_capture"} 0$' "$work/verify.prom" ||
  fail "no metrics in $work/verify.prom"
echo "verify_live: runs=$(runs) alarms=0"
