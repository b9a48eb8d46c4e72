#!/usr/bin/env bash
# Whether a read from the standby sees what the same client has just committed, and how much later it does, with each
# level of synchronous_commit; alone, and beside a load of small transactions.
# Usage: read_your_writes.sh
# Settings: ROWS (500), LOAD_CLIENTS (8)
# Prints a Markdown table. A look is a query from server to server, about as far as from a service.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

: "${ROWS:=500}"
: "${LOAD_CLIENTS:=8}"
# shellcheck source=tests/load/tradeoffs/servers.sh
source tests/load/tradeoffs/servers.sh
readonly LEVELS=("on async" "remote_write sync" "on sync" "remote_apply sync")
readonly DATABASE=lag

probe() {  # level: share of rows not seen at the first look; median, 99th percentile and most ms until seen
  psql -X -q -v ON_ERROR_STOP=1 "$PRIMARY/$DATABASE" -f tests/load/tradeoffs/read_your_writes.sql 2>/dev/null
  psql -X -q -v ON_ERROR_STOP=1 "$PRIMARY/$DATABASE" -c "CALL write_and_look($ROWS, '$1', '$STANDBY/$DATABASE')"
  sql "$PRIMARY/$DATABASE" "SELECT format('%s %% | %s / %s / %s ms', round(100.0 * avg((looks > 1)::int), 1),
      round((extract(epoch FROM percentile_disc(0.5) WITHIN GROUP (ORDER BY seen_after)) * 1000)::numeric, 1),
      round((extract(epoch FROM percentile_disc(0.99) WITHIN GROUP (ORDER BY seen_after)) * 1000)::numeric, 1),
      round((extract(epoch FROM max(seen_after)) * 1000)::numeric, 1)) FROM looked"
}

main() {
  local level alone loaded load
  start_servers
  sql "$PRIMARY/postgres" "CREATE DATABASE $DATABASE"
  "$BIN/pgbench" -i -q -s 10 "$PRIMARY/$DATABASE" >/dev/null 2>&1
  echo "| synchronous_commit | standby | not seen at once, alone | seen after p50 / p99 / most | not seen at once, under load | seen after |"
  echo "| --- | --- | --- | --- | --- | --- |"
  for level in "${LEVELS[@]}"; do
    standby_is "${level#* }"
    alone="$(probe "${level% *}")"
    "$BIN/pgbench" -N -M prepared -c "$LOAD_CLIENTS" -T 600 "$PRIMARY/$DATABASE" >/dev/null 2>&1 &
    load=$!
    loaded="$(probe "${level% *}")"
    kill "$load"
    wait "$load" 2>/dev/null || true
    echo "| ${level% *} | ${level#* } | $alone | $loaded |"
  done
}

main
