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

readonly SYNC_TIMEOUT_S=30
PRIMARY_URL="$("$LOCAL_STACK_DIR/postgres.sh" admin-url)"
REPLICA_FILE="$ORDERFLOW_STATE_DIR/replica"  # data folder of the primary, port of the replica
BIN="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"

sql() { psql -X -At -v ON_ERROR_STOP=1 "$1" -c "$2"; }

load() {
  read -r DATA PORT <"$REPLICA_FILE" || die "there is no replica" "Run: replica.sh up PORT"
  REPLICA="${DATA%/data}/replica"
}

is_synchronous() {
  [[ "$(sql "$PRIMARY_URL" "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'")" == 1 ]]
}

up() {
  echo "$(sql "$PRIMARY_URL" 'SHOW data_directory') $1" >"$REPLICA_FILE"
  load
  as_server rm -rf "$REPLICA"
  as_server "$BIN/pg_basebackup" -d "$PRIMARY_URL" -D "$REPLICA" --write-recovery-conf --wal-method=stream \
    --checkpoint=fast >"$LOG_DIR/replica-backup.log" 2>&1 || die "no base backup" "See $LOG_DIR/replica-backup.log"
  # The last value of a setting counts.
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_server bash -c 'echo "port = $1" >>"$0/postgresql.auto.conf"' "$REPLICA" "$PORT"
  as_server "$BIN/pg_ctl" start -D "$REPLICA" -w -s -l "${DATA%/data}/replica.log" </dev/null >/dev/null
  record_process replica "$(as_server head -n 1 "$REPLICA/postmaster.pid")"
  sql "$PRIMARY_URL" "ALTER SYSTEM SET synchronous_standby_names = '*'" >/dev/null
  sql "$PRIMARY_URL" 'SELECT pg_reload_conf()' >/dev/null
  wait_until "$SYNC_TIMEOUT_S" replica is_synchronous || die "the replica does not keep up"
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
  sql "$PRIMARY_URL" 'ALTER SYSTEM RESET synchronous_standby_names' >/dev/null
  sql "$PRIMARY_URL" 'SELECT pg_reload_conf()' >/dev/null
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
