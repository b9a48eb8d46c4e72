#!/usr/bin/env bash
# Ten times the most that can be done: overload.sh, which has a stack of its own, finds its own peak with
# the generator on a processor of its own, and judges.
# Settings: FULL_SPIKE_SECONDS; OVERLOAD_RATE and OVERLOAD_SEPARATE are passed on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

main() {
  local said line verdict=0
  said="$(OVERLOAD_SECONDS="$FULL_SPIKE_SECONDS" tests/load/overload.sh)" || verdict=$?
  echo "$said" >&2
  line="$(grep '^overload: peak_per_second=' <<<"$said")"
  echo "bench-full: spike ${line#overload: } seconds=$FULL_SPIKE_SECONDS runs=1"
  return "$verdict"
}

main
