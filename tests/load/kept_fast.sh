#!/usr/bin/env bash
# Whether an order still costs what it did. A stack of its own gets more orders at once than any machine keeps up
# with, so that its batches are full however fast it is. What they cost is compared with the database's own
# ceiling in the same minute, and what they write with bounds.
# Usage: kept_fast.sh
# Settings: KEPT_FAST_ORDERS   in one go, three times (2000)
#           KEPT_FAST_CHECKS   how many times all of it; each has a last line (1)
#           KEPT_FAST_CPU_RATIO_MAX  bound on cpu_ratio, which hangs on how the services are built (3.0, of a release build)
#           KEPT_FAST_DIR      state folder (a new one under build/, deleted at the end unless given)
# Last line: kept fast: cpu_us_per_order=<n> ceiling_cpu_us_per_saga=<n> cpu_ratio=<n> row_changes_per_order=<n> ...
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

: "${KEPT_FAST_ORDERS:=2000}"
: "${KEPT_FAST_CHECKS:=1}"
: "${KEPT_FAST_DIR:=}"
# shellcheck source=tests/load/lib.sh
source tests/load/lib.sh
readonly WARMUP_ORDERS=1000
readonly DRAIN_SECONDS=120
# Nobody is refused, however long it takes. Mails, which are rate-limited, hardly share the machine.
export ORDER_EXTRA_ENV="ORDERFLOW_ADMISSION_LIMIT_INITIAL=4096 ORDERFLOW_ADMISSION_WAIT_TARGET_MS=60000 \
ORDERFLOW_ADMISSION_WORK_TARGET_MS=600000 ${ORDER_EXTRA_ENV:-}"
export NOTIFICATION_EXTRA_ENV="ORDERFLOW_MAILS_PER_SECOND_MAX=1 ${NOTIFICATION_EXTRA_ENV:-}"

# The command that sends orders all at once and waits for them.
burst() {  # orders
  echo "$BIN/loadgen" --skus "$SKUS" run --rate "$1" --seconds 1 --warmup 0 --drain "$DRAIN_SECONDS" --attempts 10 --lines 3
}

ceiling() {  # admin URL, file
  psql -X -q -v ON_ERROR_STOP=1 "$1" -c 'DROP DATABASE IF EXISTS db_ceiling' -c 'CREATE DATABASE db_ceiling' >&2 &&
    tests/load/kept_fast.py ceiling "$STACK_DIR" "${1%/*}/db_ceiling" "$BIN/db-ceiling" --batch 64 --workers 2 >"$2" &&
    psql -X -q "$1" -c 'DROP DATABASE db_ceiling' >&2
}

# The services are down while the ceiling is measured: nobody shares the server with it. Connections that end
# also hand their last counts to the server's statistics.
check() {  # number
  local admin_url files="$STACK_DIR/kept-fast-$1"
  local -a command
  read -ra command < <(burst "$KEPT_FAST_ORDERS")
  admin_url="$(deploy/local/postgres.sh admin-url)"
  deploy/local/services.sh down >&2
  ceiling "$admin_url" "$files-before" || return 1
  deploy/local/services.sh up >&2
  tests/load/kept_fast.py work "$STACK_DIR" "${command[@]}" >"$files-work" || return 1
  ceiling "$admin_url" "$files-after" || return 1
  tests/load/kept_fast.py judge "$files-work" "$files-before" "$files-after"
}

# A checkpoint, after which whole pages are logged, is due in one run and not in another.
main() {
  local number verdict=0
  local -a command
  use_stack_dir "$KEPT_FAST_DIR" kept-fast
  start_stack
  psql -X -q "$(deploy/local/postgres.sh admin-url)" -c "ALTER SYSTEM SET checkpoint_timeout = '1h'" \
    -c 'SELECT pg_reload_conf()' >/dev/null
  read -ra command < <(burst "$WARMUP_ORDERS")
  "${command[@]}" >&2
  for ((number = 1; number <= KEPT_FAST_CHECKS; ++number)); do
    if ((number > 1)); then deploy/local/services.sh up >&2; fi
    check "$number" || verdict=1
  done
  return "$verdict"
}

main
