# shellcheck shell=bash
# The server of the local stack, to those who copy it: its programs, and whether its commits wait for the copy. Sourced after
# deploy/local/lib.sh, never run.

BIN="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
[[ -x "$BIN/pg_basebackup" ]] || die "the PostgreSQL server programs are missing." "Run: make install"
readonly SYNC_TIMEOUT_S=30

sql() { psql -X -At -v ON_ERROR_STOP=1 "$1" -c "$2"; }  # address, statement

# A base backup into a folder that is not there yet.
copy_server() {  # address, folder, log, options...
  local url="$1" folder="$2" log="$LOG_DIR/$3"
  shift 3
  as_server "$BIN/pg_basebackup" -d "$url" -D "$folder" --wal-method=stream --checkpoint=fast "$@" >"$log" 2>&1 ||
    die "no base backup" "See $log"
}

follows_synchronously() {  # address
  [[ "$(sql "$1" "SELECT 1 FROM pg_stat_replication WHERE state = 'streaming' AND sync_state = 'sync'")" == 1 ]]
}

# Returns when commits wait for whoever follows.
make_synchronous() {  # address, process that follows
  sql "$1" "ALTER SYSTEM SET synchronous_standby_names = '*'" >/dev/null
  sql "$1" 'SELECT pg_reload_conf()' >/dev/null
  wait_until "$SYNC_TIMEOUT_S" "$2" follows_synchronously "$1" || die "$2 does not keep up"
}

commit_alone() {  # address
  sql "$1" 'ALTER SYSTEM RESET synchronous_standby_names' >/dev/null
  sql "$1" 'SELECT pg_reload_conf()' >/dev/null
}
