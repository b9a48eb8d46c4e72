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
# shellcheck source=tests/fault/postgres_server.sh
source "$(dirname "${BASH_SOURCE[0]}")/postgres_server.sh"

readonly RECOVERY_TIMEOUT_S=60 SLOT=backup
URL="$("$LOCAL_STACK_DIR/postgres.sh" admin-url)"
BACKUP_FILE="$ORDERFLOW_STATE_DIR/backup"  # names the data folder of the server

load() {
  read -r DATA <"$BACKUP_FILE" || die "there is no backup" "Run: backup.sh begin"
  BASE="${DATA%/data}/base_backup" ARCHIVE="${DATA%/data}/archive"
}

has_recovered() { [[ "$(sql "$URL" 'SELECT pg_is_in_recovery()')" == f ]]; }

receive_log() {
  local -a account=()
  if ((EUID == 0)); then account=(runuser -u postgres --); fi
  start_process wal-receiver "${account[@]}" "$BIN/pg_receivewal" -d "$URL" -D "$ARCHIVE" --slot="$SLOT" --synchronous --no-loop
}

begin() {
  sql "$URL" 'SHOW data_directory' >"$BACKUP_FILE"
  load
  as_server rm -rf "$BASE" "$ARCHIVE"
  as_server mkdir "$ARCHIVE"
  sql "$URL" "SELECT pg_create_physical_replication_slot('$SLOT', true)" >/dev/null
  receive_log
  copy_server "$URL" "$BASE" base-backup.log
  make_synchronous "$URL" wal-receiver
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
  commit_alone "$URL"
  stop_process wal-receiver 5
  sql "$URL" "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '$SLOT'" >/dev/null
  as_server rm -rf "$BASE" "$ARCHIVE"
  rm -f "$BACKUP_FILE"
}

case "${1:-}" in
  begin) begin ;;
  restore) restore ;;
  end) end ;;
  *) die "usage: backup.sh begin | restore | end" ;;
esac
