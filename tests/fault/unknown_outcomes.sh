#!/usr/bin/env bash
# So many calls to the payment provider that take effect and are never answered, and what the resolver and
# the reconciler make of them: tests/integration/payment/unknown_outcomes_test.cc, in one run.
# Usage: unknown_outcomes.sh BUILD_DIR [CALLS=100000]
set -euo pipefail

root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
build="$(cd "${1:?usage: unknown_outcomes.sh BUILD_DIR [CALLS]}" && pwd)"
calls="${2:-100000}"
backends="$build/fault/backends"
report="$build/fault/unknown_outcomes.log"
mkdir -p "$build/fault"

trap '"$root/deploy/local/test_backends.sh" down "$backends" >/dev/null' EXIT
"$root/deploy/local/test_backends.sh" up "$backends" >/dev/null
cd "$root"
violations=0
ORDERFLOW_TEST_BACKENDS="$backends/backends.env" ORDERFLOW_TEST_TIMED_OUT_CALLS="$calls" \
  "$build/tests/orderflow_payment_integration_test" --gtest_filter='UnknownOutcomes.*' >"$report" 2>&1 || {
  grep -aA 8 'Failure' "$report" || tail -n 20 "$report"
  violations=1
}
grep -a '^unknown outcomes:' "$report" || true
timed_out="$(sed -n 's/^unknown outcomes: timed_out=\([0-9]*\).*/\1/p' "$report")"
hit=$((${timed_out:-0} >= calls ? 1 : 0))
echo "fault: rounds=1 violations=$violations faults_hit=$hit/1 acknowledged_lost=0"
((violations == 0 && hit == 1))
