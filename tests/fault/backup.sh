#!/usr/bin/env bash
# A backup of the local stack's PostgreSQL that is never behind: a base backup, and its log received as it is
# written, which commits wait for. And what an operator does with it when server and disk are lost.
# Run in the stack's environment (stack.env).
# Usage: backup.sh begin | restore | end
# begin returns when commits wait for the backup; restore puts it in the place of the lost server, whose data is
# deleted, and starts it (once; then it only starts it); end ends the backup of a server that lives, which commits alone again.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../deploy/local/lib.sh"

readonly SYNC_TIMEOUT_S=30 RECOVERY_TIMEOUT_S=60 SLOT=backup
URL="$("$LOCAL_STACK_DIR/postgres.sh" admin-url)"
BACKUP_FILE="$ORDERFLOW_STATE_DIR/backup"  # names the data folder of the server
BIN="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"

sql() { psql -X -At -v ON_ERROR_STOP=1 "$URL" -c "$1"; }

load() {
  read -r DATA <"$BACKUP_FILE" || die "there is no backup" "Run: backup.sh begin"
  BASE="${DATA%/data}/base_backup" ARCHIVE="${DATA%/data}/archive"
}

is_synchronous() { [[ "$(sql "SELECT 1 FROM pg_stat_replication WHERE sync_state = 'sync'")" == 1 ]]; }
has_recovered() { [[ "$(sql 'SELECT pg_is_in_recovery()')" == f ]]; }

receive_log() {
  local -a account=()
  if ((EUID == 0)); then account=(runuser -u postgres --); fi
  start_process wal-receiver "${account[@]}" "$BIN/pg_receivewal" -d "$URL" -D "$ARCHIVE" --slot="$SLOT" --synchronous --no-loop
}

begin() {
  sql 'SHOW data_directory' >"$BACKUP_FILE"
  load
  as_server rm -rf "$BASE" "$ARCHIVE"
  as_server mkdir "$ARCHIVE"
  sql "SELECT pg_create_physical_replication_slot('$SLOT', true)" >/dev/null
  receive_log
  as_server "$BIN/pg_basebackup" -d "$URL" -D "$BASE" --wal-method=stream --checkpoint=fast \
    >"$LOG_DIR/base-backup.log" 2>&1 || die "no base backup" "See $LOG_DIR/base-backup.log"
  sql "ALTER SYSTEM SET synchronous_standby_names = '*'" >/dev/null
  sql 'SELECT pg_reload_conf()' >/dev/null
  wait_until "$SYNC_TIMEOUT_S" wal-receiver is_synchronous || die "the log is not received"
}

restore() {
  [[ -f "$BACKUP_FILE" ]] || exec "$LOCAL_STACK_DIR/postgres.sh" up
  load
  stop_process wal-receiver 5
  as_server rm -rf "$DATA"
  as_server mv "$BASE" "$DATA"
  # The segment that was being written ends in .partial.
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_server bash -c 'touch "$0/recovery.signal"
    echo "restore_command = '\''cp $1/%f %p || cp $1/%f.partial %p'\''" >>"$0/postgresql.auto.conf"' "$DATA" "$ARCHIVE"
  "$LOCAL_STACK_DIR/postgres.sh" up
  wait_until "$RECOVERY_TIMEOUT_S" postgres has_recovered || die "PostgreSQL does not end its recovery" "See $LOG_DIR/postgres.log"
  as_server sed -i '/^restore_command/d' "$DATA/postgresql.auto.conf"
  as_server rm -rf "$ARCHIVE"
  rm -f "$BACKUP_FILE"
}

end() {
  [[ -f "$BACKUP_FILE" ]] || return 0
  load
  # First: until then commits wait for it.
  sql 'ALTER SYSTEM RESET synchronous_standby_names' >/dev/null
  sql 'SELECT pg_reload_conf()' >/dev/null
  stop_process wal-receiver 5
  sql "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$SLOT'" >/dev/null
  as_server rm -rf "$BASE" "$ARCHIVE"
  rm -f "$BACKUP_FILE"
}

case "${1:-}" in
  begin) begin ;;
  restore) restore ;;
  end) end ;;
  *) die "usage: backup.sh begin | restore | end" ;;
esac
