#!/usr/bin/env bash
# What it costs that a commit waits: whole sagas against the database (tests/load/db_ceiling) with each level of
# synchronous_commit, one order a transaction and 64, in rounds that go through all levels.
# Usage: durability.sh
# Settings: ROUNDS (3), SECONDS_EACH (5), BATCHES ("1 16 64"), ORDERFLOW_BUILD_DIR
# Prints a Markdown table: median [lowest-highest] sagas a second.
set -euo pipefail
shopt -s inherit_errexit
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."

: "${ROUNDS:=3}"
: "${SECONDS_EACH:=5}"
: "${BATCHES:=1 16 64}"
: "${ORDERFLOW_BUILD_DIR:=$PWD/build/release}"
# shellcheck source=tests/load/tradeoffs/servers.sh
source tests/load/tradeoffs/servers.sh

# Level, and whether the standby is one that commits can wait for. With an asynchronous one, `on` waits for the own disk.
readonly LEVELS=("off async" "on async" "local sync" "remote_write sync" "on sync" "remote_apply sync")

measure() {  # level, batch
  local line
  sql "$PRIMARY/postgres" "DROP DATABASE IF EXISTS ceiling"
  sql "$PRIMARY/postgres" "CREATE DATABASE ceiling"
  sql "$PRIMARY/postgres" "ALTER DATABASE ceiling SET synchronous_commit = '$1'"
  line="$("$ORDERFLOW_BUILD_DIR/bin/db-ceiling" --url "$PRIMARY/ceiling" --seconds "$SECONDS_EACH" --warmup 1 --batch "$2" --workers 2)"
  sed -n 's/.*\bsagas_per_second=\([0-9.]*\).*/\1/p' <<<"$line"
}

main() {
  local round level batch results row
  start_servers
  results="$(mktemp -d)"
  for ((round = 1; round <= ROUNDS; ++round)); do
    for level in "${LEVELS[@]}"; do
      standby_is "${level#* }"
      for batch in $BATCHES; do
        measure "${level% *}" "$batch" >>"$results/$level $batch"
      done
      echo "durability: round $round, $level" >&2
    done
  done
  echo "| synchronous_commit | standby |$(for batch in $BATCHES; do printf ' batch %s |' "$batch"; done)"
  echo "| --- | --- |$(for batch in $BATCHES; do printf ' --- |'; done)"
  for level in "${LEVELS[@]}"; do
    row="| ${level% *} | ${level#* } |"
    for batch in $BATCHES; do row+=" $(spread <"$results/$level $batch") |"; done
    echo "$row"
  done
  rm -rf "$results"
}

main
