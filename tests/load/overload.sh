#!/usr/bin/env bash
# Offers a stack of its own ten times what it can do, for a minute, and judges what comes of it against
# the same run's peak.
# Usage: overload.sh                  (make overload)
# Settings: OVERLOAD_RATE             the most orders per second that can be done; empty: found out
#           OVERLOAD_FACTOR           times that rate in the overload (10)
#           OVERLOAD_PEAK_SECONDS     length of the run at the rate (20)
#           OVERLOAD_SECONDS          length of the overload (60)
#           OVERLOAD_RECOVERY_SECONDS length of the run at half the rate afterwards (20)
#           OVERLOAD_GOODPUT_MIN      bound on the ratio of confirmed orders (0.90)
#           OVERLOAD_SEPARATE         yes: the generator gets a processor of its own (yes)
#           OVERLOAD_ACCEPT_BATCH_MAX orders that order-service accepts in one transaction; empty: its default. With
#                                     2, a rate is an overload that leaves the machine room for whatever else runs
#           OVERLOAD_DIR              state folder (a new one under build/, deleted at the end unless given)
# The generator stands for clients on other machines, so the last processor is its own and the system
# has the others. On one that both share, ten times the rate cannot even be sent.
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
: "${OVERLOAD_SEPARATE:=yes}"
: "${OVERLOAD_ACCEPT_BATCH_MAX:=}"
: "${OVERLOAD_DIR:=}"
# shellcheck source=tests/load/lib.sh
source tests/load/lib.sh
readonly WARMUP_SECONDS=10
readonly HARD_WARM_UP_RATE=1000 HARD_WARM_UP_SECONDS=60
readonly PROBE_SECONDS=8 PROBE_WARMUP=3
readonly PROBE_RATES=(200 300 400 500 600 750 1000 1250 1500 1750 2000 2500 3000 4000 5000)
readonly PROBE_P99_MS=5000  # the peak is what can be done, however long it takes
readonly DEADLINE_MS=5000    # of every call of loadgen
readonly SENT_SHARE_MIN=0.95
readonly RSS_GROWTH_MAX=1.2  # of order-service, from the first half of the overload to the second
readonly RSS_MIB_MAX=512
readonly RECOVERY_S_MAX=10

separate_processors() {
  local count
  count="$(nproc)"
  SYSTEM=()
  if [[ "$OVERLOAD_SEPARATE" == yes ]] && ((count > 1)); then
    SYSTEM=(taskset --cpu-list "0-$((count - 2))")
    GENERATOR=(taskset --cpu-list "$((count - 1))" "${GENERATOR[@]}")
  fi
}

# Says which bounds the line breaks.
judge() {
  awk -v sent="$(value sent_share "$1")" -v sent_min="$SENT_SHARE_MIN" \
    -v refused="$(value refused_p99_ms "$1")" \
    -v rss="$(value rss_mib "$1")" -v rss_max="$RSS_MIB_MAX" \
    -v goodput="$(value goodput_ratio "$1")" -v goodput_min="$OVERLOAD_GOODPUT_MIN" \
    -v p99="$(value admitted_p99_ms "$1")" -v deadline="$DEADLINE_MS" \
    -v growth="$(value rss_growth "$1")" -v growth_max="$RSS_GROWTH_MAX" \
    -v recovery="$(value recovery_s "$1")" -v recovery_max="$RECOVERY_S_MAX" '
    function broken(text) { print "overload: out of bounds: " text; bad = 1 }
    BEGIN {
      if (sent < sent_min) broken("sent_share below " sent_min ": the overload did not take place")
      if (refused == 0) broken("nothing was refused: it was no overload")
      if (rss > rss_max) broken("rss_mib above " rss_max)
      if (goodput < goodput_min) broken("goodput_ratio below " goodput_min)
      if (p99 >= deadline || p99 == 0) broken("admitted_p99_ms not below the deadline of " deadline)
      if (growth > growth_max || growth == 0) broken("rss_growth above " growth_max)
      if (recovery < 0 || recovery >= recovery_max) broken("recovery_s not below " recovery_max)
      exit bad
    }'
}

main() {
  local result verification pid started verdict=0
  use_stack_dir "$OVERLOAD_DIR" overload
  separate_processors
  if [[ -n "$OVERLOAD_ACCEPT_BATCH_MAX" ]]; then
    export ORDER_EXTRA_ENV="ORDERFLOW_ACCEPT_BATCH_MAX=$OVERLOAD_ACCEPT_BATCH_MAX"
  fi
  echo "overload: starting a stack in $STACK_DIR" >&2
  start_stack "${SYSTEM[@]}"
  echo "overload: warming up" >&2
  load "${OVERLOAD_RATE:-300}" 15 5 >&2
  if [[ -z "$OVERLOAD_RATE" ]]; then
    # What is found in a broker whose code is not compiled yet is no peak.
    load "$HARD_WARM_UP_RATE" "$HARD_WARM_UP_SECONDS" 0 >&2
    await_quiet
    echo "overload: looking for the most that can be done" >&2
    read -r _ OVERLOAD_RATE < <(find_rate)
    await_quiet
  fi
  # shellcheck disable=SC2034  # the pid alone is wanted
  read -r pid started <"$ORDERFLOW_STATE_DIR/pids/order-service"
  echo "overload: $OVERLOAD_RATE/s, then $OVERLOAD_FACTOR times that for $OVERLOAD_SECONDS s" >&2
  result="$("${GENERATOR[@]}" overload --skus "$SKUS" --rate "$OVERLOAD_RATE" \
    --warmup "$WARMUP_SECONDS" --seconds "$OVERLOAD_PEAK_SECONDS" --factor "$OVERLOAD_FACTOR" \
    --overload "$OVERLOAD_SECONDS" --recovery "$OVERLOAD_RECOVERY_SECONDS" --server-pid "$pid")"
  verification="$("$STACK" verify "$STACK_DIR" --quiesced --pending-mail-ok --within 120)" || verdict=$?
  if ((verdict != 0)); then echo "$verification"; else tail -n 1 <<<"$verification"; fi
  judge "$result" || verdict=1
  echo "$result"
  return "$verdict"
}

main
