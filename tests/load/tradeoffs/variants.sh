# shellcheck shell=bash
# Compares ways to do the same by a script of pgbench for each, in rounds that go through all of them. Sourced from the root of
# the checkout by a script that sets
#   VARIANTS           their names
#   MESSAGES           how many messages the script of a variant writes or handles each time
#   CLEANED            tables whose dead rows a variant has to answer for
#   pgbench_variables  prints name=value lines; `batch`, which counts from 1, is always there
#   schema_of          prints a variant's tables
#   transactions_of    prints a variant's script
#
# Every measurement has a database of its own and the sessions' settings of the services. Seconds are too short for autovacuum as
# the services have it, so it looks every second here, and what it has left is vacuumed at the end: processor time and WAL of
# both count, the time that the last vacuum takes does not.

: "${ROUNDS:=3}"
: "${SECONDS_EACH:=5}"
readonly DATABASE=variants
# shellcheck source=tests/load/tradeoffs/servers.sh
source tests/load/tradeoffs/servers.sh

# The ids of both: ascending, as ours are.
readonly ID_OF="CREATE FUNCTION id_of(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE RETURN lpad(to_hex(n), 32, '0')::uuid;"
# As libs/postgres connects: plans that do not depend on what was in a table when they were made.
readonly SESSION_OPTIONS="-c plan_cache_mode=force_generic_plan -c jit=off -c enable_seqscan=off -c synchronous_commit=on"

# Processor time in ns of the server with all its sessions, those that have ended included (as tests/load/accounting.py).
processor_time() {
  local server children pid spent total fields
  server="$(head -n 1 "$FOLDER/primary/postmaster.pid")"
  fields="$(cat "/proc/$server/stat")"
  read -r -a fields <<<"${fields##*) }"
  total=$(((fields[13] + fields[14]) * (1000000000 / $(getconf CLK_TCK))))
  read -r -a children <"/proc/$server/task/$server/children" || true  # no newline at its end
  for pid in "$server" "${children[@]}"; do
    # A session may have just ended.
    if read -r spent _ 2>/dev/null <"/proc/$pid/schedstat"; then ((total += spent)); fi
  done
  echo "$total"
}

fresh_database() {  # variant
  sql "$PRIMARY/postgres" "CREATE DATABASE $DATABASE"
  sql "$PRIMARY/$DATABASE" "$ID_OF $(schema_of "$1")"
  sql "$PRIMARY/$DATABASE" CHECKPOINT
}

run_pgbench() {  # variant: what pgbench prints
  local line variables=(-D batch=0)
  while IFS= read -r line; do variables+=(-D "$line"); done <<<"$GIVEN"
  transactions_of "$1" >"$FOLDER/transactions.sql"
  PGOPTIONS="$SESSION_OPTIONS" "$BIN/pgbench" -n -M prepared -c 1 -T "$SECONDS_EACH" "${variables[@]}" -f "$FOLDER/transactions.sql" \
    "$PRIMARY/$DATABASE" 2>"$FOLDER/pgbench.log" || { cat "$FOLDER/pgbench.log" >&2; return 1; }
}

measure() {  # variant: messages a second, processor time in us and WAL bytes of a message
  local position spent wal report
  fresh_database "$1"
  position="$(sql "$PRIMARY/$DATABASE" "SELECT pg_current_wal_insert_lsn()")"
  spent="$(processor_time)"
  report="$(run_pgbench "$1")"
  sql "$PRIMARY/$DATABASE" "VACUUM $CLEANED"
  spent=$(($(processor_time) - spent))
  wal="$(sql "$PRIMARY/$DATABASE" "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '$position')")"
  sql "$PRIMARY/postgres" "DROP DATABASE $DATABASE"
  awk -v each="$MESSAGES" -v spent="$spent" -v wal="$wal" '
    /^number of transactions actually processed/ { messages = $NF * each }
    /^tps = / { rate = $3 * each }
    END { printf "%.0f %.1f %.0f\n", rate, spent / 1000 / messages, wal / messages }' <<<"$report"
}

compare_variants() {  # prints a Markdown table: median [lowest-highest]
  local round variant column results
  start_primary
  sql "$PRIMARY/postgres" "ALTER SYSTEM SET autovacuum_naptime = '1s'"
  sql "$PRIMARY/postgres" "SELECT pg_reload_conf()" >/dev/null
  GIVEN="$(pgbench_variables)"
  results="$FOLDER/results"
  mkdir "$results"
  # Round 0 pays for the files of the WAL, and does not count.
  for ((round = 0; round <= ROUNDS; ++round)); do
    for variant in "${VARIANTS[@]}"; do
      measure "$variant" >"$results/latest"
      if ((round > 0)); then cat "$results/latest" >>"$results/$variant"; fi
      echo "$(basename "$0" .sh): round $round, $variant" >&2
    done
  done
  echo "| variant | messages a second | the server's processor time, us a message | WAL, bytes a message |"
  echo "| --- | --- | --- | --- |"
  for variant in "${VARIANTS[@]}"; do
    printf '| %s |' "$variant"
    for column in 1 2 3; do printf ' %s |' "$(cut -d ' ' -f "$column" "$results/$variant" | spread)"; done
    printf '\n'
  done
}
