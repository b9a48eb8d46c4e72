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
made="$(runs)"
looks="$work/last.txt"
# What was found is shown although a file cannot be written, and a damaged state file is no error.
code=0
"$orderctl" verify --state "$work/none/state" --metrics-file "$work/none/metrics" >"$looks" 2>&1 || code=$?
((code == 3)) || fail "exit code $code instead of 3 when no file can be written"
grep -q '^verify: orders=[1-9][0-9]* violations=0$' "$looks" || fail "no findings when no file can be written"
(($(grep -c "$work/none/.* cannot be written" "$looks") == 2)) || fail "not both files are named"
: >"$work/empty"
"$orderctl" verify --incremental --state "$work/empty" >"$looks" 2>&1 || fail "a damaged state file is an error"
grep -q "^warning: $work/empty is of no use" "$looks" || fail "no warning of a damaged state file"
[[ -s "$work/empty" ]] || fail "a damaged state file is not written anew"
echo "verify_live: runs=$made alarms=0"
