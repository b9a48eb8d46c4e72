#!/usr/bin/env bash
# Offers a stack of its own ten times what it can do, for a minute, and judges what comes of it against
# the same run's peak.
# Usage: overload.sh                  (make overload)
# Settings: OVERLOAD_RATE             orders per second that are kept up; empty: found out
#           OVERLOAD_FACTOR           times that rate in the overload (10)
#           OVERLOAD_PEAK_SECONDS     length of the run at the rate (20)
#           OVERLOAD_SECONDS          length of the overload (60)
#           OVERLOAD_RECOVERY_SECONDS length of the run at half the rate afterwards (20)
#           OVERLOAD_GOODPUT_MIN      bound on the ratio of confirmed orders (0.90)
#           OVERLOAD_NICE             priority of the generator (10)
#           OVERLOAD_DIR              state folder (a new one under build/, deleted at the end unless given)
# The generator runs at low priority: it stands for clients on other machines, and what it takes
# from the system's processors is not theirs.
# Last lines:
#   verify: orders=<n> violations=<n>
#   overload: peak_per_second=<n> offered_per_second=<n> sent_share=<n> goodput_per_second=<n>
#     goodput_ratio=<n> admitted_p99_ms=<n> refused_p99_ms=<n> rss_growth=<n> rss_mib=<n> recovery_s=<n>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${OVERLOAD_RATE:=}"
: "${OVERLOAD_FACTOR:=10}"
: "${OVERLOAD_PEAK_SECONDS:=20}"
: "${OVERLOAD_SECONDS:=60}"
: "${OVERLOAD_RECOVERY_SECONDS:=20}"
: "${OVERLOAD_GOODPUT_MIN:=0.90}"
: "${OVERLOAD_NICE:=10}"
: "${OVERLOAD_DIR:=}"
: "${ORDERFLOW_BUILD_DIR:=$PWD/build/release}"
export ORDERFLOW_BUILD_DIR
readonly BIN="$ORDERFLOW_BUILD_DIR/bin"
readonly STACK=tests/e2e/stack.sh
readonly SKUS=1000
readonly WARMUP_SECONDS=10
readonly PROBE_SECONDS=8
readonly PROBE_RATES=(300 500 750 1000 1250 1500 1750 2000)
readonly KEPT_UP=97          # percent of the rate that must be confirmed
readonly PROBE_P99_MS=1000
readonly DEADLINE_MS=5000    # of every call of loadgen
readonly RSS_GROWTH_MAX=1.2  # of order-service, from the first half of the overload to the second
readonly RECOVERY_S_MAX=10

temporary=no
if [[ -z "$OVERLOAD_DIR" ]]; then
  mkdir -p build
  OVERLOAD_DIR="$(mktemp -d "$PWD/build/overload.XXXXXX")"
  temporary=yes
fi

# shellcheck disable=SC2317  # called by the trap
finish() {
  "$STACK" down "$OVERLOAD_DIR" >&2 || true
  if [[ "$temporary" == yes ]]; then rm -rf "$OVERLOAD_DIR"; fi
}
trap finish EXIT

value() {  # name, line: the value of name=value in it
  sed -n "s/.*\b$1=\(-\?[0-9.]*\).*/\1/p" <<<"$2"
}

kept_up() {  # line of loadgen
  awk -v rate="$(value rate "$1")" -v confirmed="$(value confirmed_per_second "$1")" \
    -v p99="$(value p99_ms "$1")" -v failed="$(value failed "$1")" \
    -v share="$KEPT_UP" -v p99_max="$PROBE_P99_MS" \
    'BEGIN { exit !(confirmed * 100 >= rate * share && p99 <= p99_max && failed == 0) }'
}

# The highest of the rates that is kept up; the lowest one when none is.
find_rate() {
  local rate line best="${PROBE_RATES[0]}"
  for rate in "${PROBE_RATES[@]}"; do
    line="$("$BIN/loadgen" run --skus "$SKUS" --rate "$rate" --seconds "$PROBE_SECONDS" --warmup 3)"
    echo "  $line" >&2
    kept_up "$line" || break
    best="$rate"
  done
  echo "$best"
}

# Says which bounds the line breaks.
judge() {
  awk -v goodput="$(value goodput_ratio "$1")" -v goodput_min="$OVERLOAD_GOODPUT_MIN" \
    -v p99="$(value admitted_p99_ms "$1")" -v deadline="$DEADLINE_MS" \
    -v growth="$(value rss_growth "$1")" -v growth_max="$RSS_GROWTH_MAX" \
    -v recovery="$(value recovery_s "$1")" -v recovery_max="$RECOVERY_S_MAX" '
    function broken(text) { print "overload: out of bounds: " text; bad = 1 }
    BEGIN {
      if (goodput < goodput_min) broken("goodput_ratio below " goodput_min)
      if (p99 >= deadline || p99 == 0) broken("admitted_p99_ms not below the deadline of " deadline)
      if (growth > growth_max || growth == 0) broken("rss_growth above " growth_max)
      if (recovery < 0 || recovery >= recovery_max) broken("recovery_s not below " recovery_max)
      exit bad
    }'
}

main() {
  local result verification pid started verdict=0
  echo "overload: starting a stack in $OVERLOAD_DIR" >&2
  SERVICE_LOG_LEVEL=warning "$STACK" up "$OVERLOAD_DIR" >&2
  set -a
  eval "$("$STACK" env "$OVERLOAD_DIR")"
  set +a
  "$BIN/loadgen" --skus "$SKUS" seed
  echo "overload: warming up" >&2
  "$BIN/loadgen" run --skus "$SKUS" --rate 300 --seconds 15 --warmup 5 >&2
  if [[ -z "$OVERLOAD_RATE" ]]; then
    echo "overload: looking for the highest rate that is kept up" >&2
    OVERLOAD_RATE="$(find_rate)"
    "$STACK" verify "$OVERLOAD_DIR" --quiesced --pending-mail-ok --within 120 >/dev/null || true
  fi
  # shellcheck disable=SC2034  # the pid alone is wanted
  read -r pid started <"$ORDERFLOW_STATE_DIR/pids/order-service"
  echo "overload: $OVERLOAD_RATE/s, then $OVERLOAD_FACTOR times that for $OVERLOAD_SECONDS s" >&2
  result="$(nice -n "$OVERLOAD_NICE" "$BIN/loadgen" overload --skus "$SKUS" --rate "$OVERLOAD_RATE" \
    --warmup "$WARMUP_SECONDS" --seconds "$OVERLOAD_PEAK_SECONDS" --factor "$OVERLOAD_FACTOR" \
    --overload "$OVERLOAD_SECONDS" --recovery "$OVERLOAD_RECOVERY_SECONDS" --server-pid "$pid")"
  verification="$("$STACK" verify "$OVERLOAD_DIR" --quiesced --pending-mail-ok --within 120)" || verdict=$?
  if ((verdict != 0)); then echo "$verification"; else tail -n 1 <<<"$verification"; fi
  judge "$result" || verdict=1
  echo "$result"
  return "$verdict"
}

main
