#!/usr/bin/env bash
# On a running stack with SECURE=1: the load generator and the tests of the API say who they are, and get in.
# Usage: secure_load.sh DIR (of the stack); prints what the generator measured.
set -euo pipefail

readonly RATE=20 SECONDS_OF_LOAD=5 SKUS=20
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
dir="$(cd "${1:?usage: secure_load.sh DIR}" && pwd)"
set -a
# shellcheck disable=SC1091  # written by stack.sh
source "$dir/stack.env"
set +a
loadgen="$ORDERFLOW_BUILD_DIR/bin/loadgen"

fail() {
  echo "secure load: FAILED: $1" >&2
  exit 1
}

# Who reads order.events from its end, as watchers of orders do.
set -a
# shellcheck disable=SC1090
source <("$here/../../deploy/local/services.sh" env order-service | grep '^ORDERFLOW_KAFKA_\(SECURITY\|TLS\|SASL\)')
set +a
"$loadgen" --skus "$SKUS" seed --pieces 10000 || fail "the stock could not be seeded"
line="$("$loadgen" --skus "$SKUS" run --rate "$RATE" --seconds "$SECONDS_OF_LOAD" --warmup 1)" || fail "the load did not run"
[[ "$line" == *' failed=0 '*' unfinished=0 '* ]] || fail "not every order was confirmed: $line"
ORDERFLOW_E2E_DIR="$dir" "$ORDERFLOW_BUILD_DIR/tests/orderflow_e2e_outcomes_test" --gtest_brief=1 >"$dir/outcomes.txt" ||
  fail "the outcomes are not what they are without: $(<"$dir/outcomes.txt")"
echo "secure $line"
