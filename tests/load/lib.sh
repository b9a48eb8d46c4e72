# shellcheck shell=bash
# What bench.sh and overload.sh share; sourced by both, from the root of the checkout. The script sets
# PROBE_RATES, PROBE_SECONDS, PROBE_WARMUP and PROBE_P99_MS, the bound beyond which a rate is not kept up
# though all is confirmed, before it calls find_rate.

: "${ORDERFLOW_BUILD_DIR:=$PWD/build/release}"
export ORDERFLOW_BUILD_DIR
readonly BIN="$ORDERFLOW_BUILD_DIR/bin"
readonly STACK=tests/e2e/stack.sh
GENERATOR=("$BIN/loadgen")  # the command
MIX=()                      # its arguments about what is ordered
readonly SKUS=1000
readonly KEPT_UP=97  # percent of the rate that must be finished

# The folder of the stack: the one given, or a new one that goes at the end, with its stack.
use_stack_dir() {  # folder or nothing, name
  STACK_DIR="$1"
  STACK_DIR_IS_TEMPORARY=no
  if [[ -z "$STACK_DIR" ]]; then
    mkdir -p build
    STACK_DIR="$(mktemp -d "$PWD/build/$2.XXXXXX")"
    STACK_DIR_IS_TEMPORARY=yes
  fi
  trap finish EXIT
}

# shellcheck disable=SC2317  # called by the trap
finish() {
  "$STACK" down "$STACK_DIR" >&2 || true
  if [[ "$STACK_DIR_IS_TEMPORARY" == yes ]]; then rm -rf "$STACK_DIR"; fi
}

# Starts the stack, by way of a command when one is given, and lets orderctl and loadgen find it.
start_stack() {  # [command...]
  SERVICE_LOG_LEVEL=warning "$@" "$STACK" up "$STACK_DIR" >&2
  set -a
  eval "$("$STACK" env "$STACK_DIR")"
  set +a
  "$BIN/loadgen" --skus "$SKUS" seed
}

value() {  # name, line: the value of name=value in it
  sed -n "s/.*\b$1=\(-\?[0-9.]*\).*/\1/p" <<<"$2"
}

load() {  # rate, seconds, warm-up
  "${GENERATOR[@]}" run --skus "$SKUS" --rate "$1" --seconds "$2" --warmup "$3" "${MIX[@]}"
}

kept_up() {  # line of loadgen
  awk -v rate="$(value rate "$1")" -v finished="$(value finished_per_second "$1")" \
    -v p99="$(value p99_ms "$1")" -v failed="$(value failed "$1")" \
    -v share="$KEPT_UP" -v p99_max="$PROBE_P99_MS" \
    'BEGIN { exit !(finished * 100 >= rate * share && p99 <= p99_max && failed == 0) }'
}

# Tries the rates one after the other, up to the first that is not kept up. Two numbers: the highest
# that was kept up (the lowest one when none was), and the most orders that were confirmed in a second.
find_rate() {
  local rate line confirmed best="${PROBE_RATES[0]}" most=0
  for rate in "${PROBE_RATES[@]}"; do
    line="$(load "$rate" "$PROBE_SECONDS" "$PROBE_WARMUP")"
    echo "  $line" >&2
    confirmed="$(value confirmed_per_second "$line")"
    most=$((confirmed > most ? confirmed : most))
    kept_up "$line" || break
    best="$rate"
  done
  echo "$best $most"
}

# A search that went too far leaves a backlog, which must not count against what is measured next.
await_quiet() {
  "$STACK" verify "$STACK_DIR" --quiesced --pending-mail-ok --within 120 >/dev/null || true
}
