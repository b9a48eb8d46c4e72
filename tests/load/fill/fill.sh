#!/usr/bin/env bash
# Puts confirmed orders of the last ten days into the databases of a stack, as rows that the checker
# accepts: what a shop has after some months, in minutes.
# Run in the stack's environment (stack.env), with its services stopped. Usage: fill.sh ORDERS
# ORDERS is a multiple of 1000. An order takes about 6 KB in all; it fails before it fills the disk.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

readonly CHUNK=100000  # orders per transaction
readonly SPAN_US=$((10 * 24 * 3600 * 1000000))
readonly BYTES_PER_ORDER=6500  # with WAL
readonly DATABASES=(orders inventory payments notifications provider)

require_room() {  # orders
  local free
  free="$(df --output=avail -B1 "$ORDERFLOW_STATE_DIR" | tail -n 1)"
  if ((free < $1 * BYTES_PER_ORDER)); then
    echo "error: $1 orders need $(($1 * BYTES_PER_ORDER / 1000000)) MB of disk; $((free / 1000000)) are free" >&2
    exit 1
  fi
}

fill() {  # database, orders, start
  local first last url
  url="$(deploy/local/postgres.sh admin-url "$1")"
  for ((first = 0; first < $2; first += CHUNK)); do
    last=$((first + CHUNK < $2 ? first + CHUNK - 1 : $2 - 1))
    psql -X -q -v ON_ERROR_STOP=1 -v first="$first" -v last="$last" -v start_ms="$3" -v step_us="$((SPAN_US / $2))" \
      --single-transaction -f tests/load/fill/ids.sql -f "tests/load/fill/$1.sql" "$url"
  done
  # As autovacuum would have done in time.
  psql -X -q -v ON_ERROR_STOP=1 -c 'VACUUM (ANALYZE)' "$url"
  echo "filled $1 with $2 orders" >&2
}

main() {
  local start_ms database pids=() pid
  if (($# != 1)) || ! (($1 > 0 && $1 % 1000 == 0)); then
    echo "usage: fill.sh ORDERS   (a multiple of 1000)" >&2
    exit 2
  fi
  require_room "$1"
  # Up to an hour ago: nothing that comes now is older.
  start_ms=$((($(date +%s) - 3600) * 1000 - SPAN_US / 1000))
  for database in "${DATABASES[@]}"; do
    fill "$database" "$1" "$start_ms" &
    pids+=($!)
  done
  for pid in "${pids[@]}"; do wait "$pid"; done
}

main "$@"
