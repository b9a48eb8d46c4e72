# shellcheck shell=bash
# What bench.sh, overload.sh and figures/ share; sourced, from the root of the checkout. The script sets
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
# 4 of 100 orders end otherwise than confirmed.
readonly FULL_MIX=(--lines 5 --declined 0.02 --sold-out 0.01 --cancelled 0.01)
readonly RUN_WARMUP=5
: "${CEILING_SECONDS:=10}"
readonly GRPC_CEILING_SECONDS=3
readonly WAL_SEGMENTS=100  # of 16 MB
VERDICT=0                  # of the checker
VERIFICATION=''            # what it said

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
  export SERVICE_LOG_LEVEL=warning  # also of what is started again between runs
  "$@" "$STACK" up "$STACK_DIR" >&2
  set -a
  eval "$("$STACK" env "$STACK_DIR")"
  set +a
  ADMIN_URL="$(deploy/local/postgres.sh admin-url)"
  "$BIN/loadgen" --skus "$SKUS" seed
}

value() {  # name, line: the value of name=value in it
  sed -n "s/.*\b$1=\(-\?[0-9.]*\).*/\1/p" <<<"$2"
}

load() {  # rate, seconds, warm-up, more arguments...
  "${GENERATOR[@]}" run --skus "$SKUS" --rate "$1" --seconds "$2" --warmup "$3" "${MIX[@]}" "${@:4}"
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

# A server that has run for a while writes its log into files that it has used before. In a new one
# every file is made and filled with zeros first, which took a twentieth of a machine with two
# processors: here that is done before anything is measured.
use_wal_files() {
  psql -X -q "$ADMIN_URL" -c "ALTER SYSTEM SET min_wal_size = '$((WAL_SEGMENTS * 16))MB'" \
    -c 'SELECT pg_reload_conf()' >/dev/null
  for ((i = 0; i < WAL_SEGMENTS; ++i)); do
    echo "SELECT pg_logical_emit_message(false, 'bench', ''), pg_switch_wal();"
  done | psql -X -q "$ADMIN_URL" >/dev/null
  psql -X -q "$ADMIN_URL" -c CHECKPOINT
}

# The same writes without anything around them, in a scratch database of the same server.
# Small batches need more connections to keep the processors busy.
database_ceiling() {  # batch, more arguments...
  local workers=2
  if (($1 < 16)); then workers=8; fi
  psql -X -q -v ON_ERROR_STOP=1 "$ADMIN_URL" -c 'DROP DATABASE IF EXISTS db_ceiling' \
    -c 'CREATE DATABASE db_ceiling' >&2
  "$BIN/db-ceiling" --url "${ADMIN_URL%/*}/db_ceiling" --seconds "$CEILING_SECONDS" --batch "$1" \
    --workers "$workers" "${@:2}"
  psql -X -q "$ADMIN_URL" -c 'DROP DATABASE db_ceiling' >&2
}

# Asks the checker. What the first run that broke a promise has to say is kept.
check_promises() {
  if ((VERDICT != 0)); then return 0; fi
  VERIFICATION="$("$STACK" verify "$STACK_DIR" --quiesced --pending-mail-ok --within 60)" || VERDICT=$?
}

# One measured run and, right after it, the ceilings: the machine's own speed drifts. The lines go to
# standard error and to the file.
measured_run() {  # number, file, rate, seconds
  local load_line database accounting_file="$2.accounting"
  await_quiet
  echo "bench: run $1, $3/s for $4 s" >&2
  tests/load/accounting.py watch "$STACK_DIR" "$4" "$RUN_WARMUP" >"$accounting_file" &
  load_line="$(load "$3" "$4" "$RUN_WARMUP")"
  wait $!
  check_promises
  echo "bench: the ceilings of that minute" >&2
  # Mails that are still to be sent must not share the machine with them.
  deploy/local/services.sh down >&2
  database="$(database_ceiling 64)"
  {
    echo "bench: run=$1 ${load_line#load: }"
    tests/load/accounting.py report "$accounting_file" "$(value finished_per_second "$load_line")"
    echo "$database"
    "$BIN/grpc-ceiling" --seconds "$GRPC_CEILING_SECONDS"
    "$BIN/kafka-ceiling" --topic "ceiling-$1"
  } | tee "$2" >&2
}

# Lowest, middle and highest of numbers, one a line.
spread() { sort -n | awk '{ all[NR] = $1 } END { print all[1], all[int((NR + 1) / 2)], all[NR] }'; }

# The same of what the runs have for a name.
range() {  # name, files...
  local name="$1"
  shift
  for file in "$@"; do value "$name" "$(grep -m 1 "\b$name=" "$file")"; done | spread
}

ratio() {  # two numbers
  awk -v a="${1:-0}" -v b="${2:-0}" 'BEGIN { if (b > 0) printf "%.2f", a / b; else printf "0" }'
}
