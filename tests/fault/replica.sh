#!/usr/bin/env bash
# A synchronous replica of the local stack's PostgreSQL, and what an operator does with it when the
# primary is lost. Run in the stack's environment (stack.env).
# Usage: replica.sh up PORT | promote | orders | return | drop
# up makes it and returns when commits wait for it; promote makes it the primary, on its own port; orders
# prints how many orders it has; return starts it on the stack's own port, in the place of the lost one; drop ends
# it while there still is a primary, which commits alone again. drop works from whatever up has come to.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../deploy/local/lib.sh"
# shellcheck source=tests/fault/postgres_server.sh
source "$(dirname "${BASH_SOURCE[0]}")/postgres_server.sh"

PRIMARY_URL="$("$LOCAL_STACK_DIR/postgres.sh" admin-url)"
REPLICA_FILE="$ORDERFLOW_STATE_DIR/replica"  # data folder of the primary, port of the replica

load() {
  read -r DATA PORT <"$REPLICA_FILE" || die "there is no replica" "Run: replica.sh up PORT"
  REPLICA="${DATA%/data}/replica"
}

up() {
  echo "$(sql "$PRIMARY_URL" 'SHOW data_directory') $1" >"$REPLICA_FILE"
  load
  as_server rm -rf "$REPLICA"
  copy_server "$PRIMARY_URL" "$REPLICA" replica-backup.log --write-recovery-conf
  # The last value of a setting counts.
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_server bash -c 'echo "port = $1" >>"$0/postgresql.auto.conf"' "$REPLICA" "$PORT"
  as_server "$BIN/pg_ctl" start -D "$REPLICA" -w -s -l "${DATA%/data}/replica.log" </dev/null >/dev/null
  record_process replica "$(as_server head -n 1 "$REPLICA/postmaster.pid")"
  make_synchronous "$PRIMARY_URL" replica
}

promote() {
  load
  as_server "$BIN/pg_ctl" promote -D "$REPLICA" -w -s
}

orders() {
  load
  sql "$(POSTGRES_PORT="$PORT" database_url orders_verify orders)" 'SELECT COUNT(*) FROM orders'
}

return_home() {
  load
  as_server "$BIN/pg_ctl" stop -D "$REPLICA" -m fast -w -s
  rm -f "$PID_DIR/replica"
  as_server rm -rf "$DATA"
  as_server mv "$REPLICA" "$DATA"
  as_server sed -i '/^port = /d; /^primary_conninfo/d' "$DATA/postgresql.auto.conf"
  rm -f "$REPLICA_FILE"
  "$LOCAL_STACK_DIR/postgres.sh" up
}

drop() {
  [[ -f "$REPLICA_FILE" ]] || return 0
  load
  # First: until then commits wait for it.
  commit_alone "$PRIMARY_URL"
  as_server "$BIN/pg_ctl" stop -D "$REPLICA" -m fast -w -s >/dev/null 2>&1 || true  # it may not have started
  stop_process replica 5
  as_server rm -rf "$REPLICA"
  rm -f "$REPLICA_FILE"
}

case "${1:-}" in
  up) up "$2" ;;
  promote) promote ;;
  orders) orders ;;
  return) return_home ;;
  drop) drop ;;
  *) die "usage: replica.sh up PORT | promote | orders | return | drop" ;;
esac
