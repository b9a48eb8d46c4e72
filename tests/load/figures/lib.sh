# shellcheck shell=bash
# What the figures of bench_full.sh share; sourced by each, from the root of the checkout. A figure is a
# script that measures one thing on a stack of its own. Its standard output is results, one line each:
#   bench-full: <name> <value>=<n>...     what docs/performance.md has a row for
#   <kind>: figure=<name> <value>=<n>...  what its tables and plots are made of
# What it says while it works goes to standard error. It fails when it could not measure, or a promise was broken.
#
# Settings, from bench_full.sh: FULL_RUNS, FULL_SECONDS, FULL_WARMUP, FULL_POINT_SECONDS, FULL_RATE, FULL_RESULTS.

# shellcheck source=tests/load/lib.sh
source tests/load/lib.sh
MIX=("${FULL_MIX[@]}")
# About half of what can be done: at less the broker's code is not compiled within a minute. Its mails are still
# sent while others are measured (ORDERFLOW_MAILS_PER_SECOND_MAX), as they would be at any rate above that.
readonly WARM_UP_RATE=1000 REST_TIMEOUT_S=120
readonly PROBE_SECONDS=8 PROBE_WARMUP=4
readonly PROBE_RATES=(100 200 300 500 750 1000 1250 1500 1750 2000 2500 3000 3500 4000 5000 6000 8000)
readonly PROBE_P99_MS=1000
# More than can be done, by so much that the generator can still send it: what is finished then is all that can be.
readonly SATURATION_PERCENT=120
: "${FULL_RATE:=}"
: "${FULL_RESULTS:=}"

figure_stack() {  # name
  use_stack_dir '' "$1"
  echo "$1: starting a stack in $STACK_DIR" >&2
  start_stack
  use_wal_files
  warm_up "$WARM_UP_RATE"
}

# The broker's code is compiled, and statements are planned, while the first orders come.
warm_up() {  # rate
  echo "  warming up" >&2
  load "$1" "$FULL_WARMUP" 2 >&2
  await_rest
}

# Until no order is under way, so that what is left does not count against what is measured next. Unlike the checker
# it does not read the finished ones.
await_rest() {
  local deadline=$((SECONDS + REST_TIMEOUT_S)) url
  url="$(deploy/local/postgres.sh admin-url orders)"
  until [[ "$(psql -X -A -t -c "SELECT count(*) FROM orders WHERE state IN ('PENDING', 'CANCELLING')" "$url")" == 0 ]]; do
    if ((SECONDS > deadline)); then
      echo "  orders are still under way after $REST_TIMEOUT_S s" >&2
      return 0
    fi
    sleep 0.5
  done
}

# What can be carried: given, what the figure saga of this results file carried, or what is kept up, found now.
prepare_rate() {
  if [[ -z "$FULL_RATE" && -f "$FULL_RESULTS" ]]; then
    FULL_RATE="$(value finished_per_second "$(grep '^bench-full: saga ' "$FULL_RESULTS" | tail -n 1)")"
  fi
  if [[ -z "$FULL_RATE" ]]; then
    echo "  looking for the highest rate that is kept up" >&2
    read -r FULL_RATE _ < <(find_rate)
    await_rest
  fi
  echo "  the rate is $FULL_RATE/s" >&2
}

# A share of the rate.
percent_of_rate() { echo $((FULL_RATE * $1 / 100 > 0 ? FULL_RATE * $1 / 100 : 1)); }

# What is offered is more than can be done.
saturate() {  # seconds
  local line
  line="$(load "$(percent_of_rate "$SATURATION_PERCENT")" "$1" "$RUN_WARMUP")"
  echo "  $line" >&2
  echo "$line"
}

# What is compared in turn must not have the first of it run cold.
settle() {
  saturate "$FULL_WARMUP" >/dev/null
  await_rest
}

# "<name>=<middle> <name>_low=<lowest> <name>_high=<highest>" of what lines of a file have for a name.
median_of() {  # name, file, other name for the result
  local low middle high name="${3:-$1}"
  read -r low middle high < <(grep -o "\b$1=-\?[0-9.]*" "$2" | cut -d= -f2 | spread)
  echo "$name=$middle ${name}_low=$low ${name}_high=$high"
}

# What the checker said, and whether it found a violation.
verdict() {  # figure
  check_promises
  if ((VERDICT != 0)); then echo "$VERIFICATION" >&2; fi
  echo "verify: figure=$1 $(tail -n 1 <<<"$VERIFICATION" | sed 's/^verify: //')"
  return "$VERDICT"
}
