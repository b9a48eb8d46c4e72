# shellcheck shell=bash
# A PostgreSQL and a standby that streams from it (start_servers), or the first alone (start_primary), new, on loopback only,
# gone when the script ends. Sourced from the root of the checkout. PRIMARY and STANDBY are their addresses without a database.

BIN="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
readonly STANDBY_NAME=standby
readonly FOLLOW_TIMEOUT_S=30
# shellcheck source=deploy/local/ports.sh
source deploy/local/ports.sh

# The server refuses to run as root.
as_server() { if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi; }

sql() { psql -X -At -q -v ON_ERROR_STOP=1 "$1" -c "$2"; }  # address, statement

configuration() {  # port
  cat deploy/local/postgres/postgresql.conf
  echo "listen_addresses = '127.0.0.1'"
  echo "port = $1"
  echo "shared_buffers = 256MB"
}

start_servers() {
  start_primary
  start_standby
}

start_primary() {
  local port
  FOLDER="$(mktemp -d /var/tmp/tradeoffs.XXXXXX)"
  if ((EUID == 0)); then chown postgres: "$FOLDER"; fi
  trap stop_servers EXIT
  port="$(free_ports 1)"
  PRIMARY="postgresql://postgres@127.0.0.1:$port"
  as_server "$BIN/initdb" -D "$FOLDER/primary" -U postgres --auth=trust --data-checksums --encoding=UTF8 --locale=C >/dev/null
  configuration "$port" >>"$FOLDER/primary/postgresql.conf"
  start "$FOLDER/primary"
}

start_standby() {
  local port
  port="$(free_ports 1)"
  STANDBY="postgresql://postgres@127.0.0.1:$port"
  as_server "$BIN/pg_basebackup" -d "$PRIMARY/postgres?application_name=$STANDBY_NAME" -D "$FOLDER/standby" --checkpoint=fast \
    --write-recovery-conf
  configuration "$port" >>"$FOLDER/standby/postgresql.conf"
  start "$FOLDER/standby"
}

start() {  # folder
  as_server "$BIN/pg_ctl" start -D "$1" -w -s -l "$1.log" </dev/null >/dev/null
}

# shellcheck disable=SC2317  # called by the trap
stop_servers() {
  local folder
  for folder in standby primary; do
    as_server "$BIN/pg_ctl" stop -D "$FOLDER/$folder" -m immediate -s >/dev/null 2>&1 || true
  done
  rm -rf "$FOLDER"
}

# Whether commits can wait for the standby (synchronous_commit says whether they do), and until that is so.
standby_is() {  # sync | async
  local names="''" i
  if [[ "$1" == sync ]]; then names="'$STANDBY_NAME'"; fi
  sql "$PRIMARY/postgres" "ALTER SYSTEM SET synchronous_standby_names = $names"
  sql "$PRIMARY/postgres" 'SELECT pg_reload_conf()' >/dev/null
  for ((i = 0; i < FOLLOW_TIMEOUT_S * 10; ++i)); do
    if [[ "$(sql "$PRIMARY/postgres" "SELECT sync_state FROM pg_stat_replication WHERE state = 'streaming'")" == "$1" ]]; then return; fi
    sleep 0.1
  done
  echo "error: the standby does not become $1" >&2
  return 1
}

# Lowest, middle and highest of the numbers that are read.
spread() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] " [" all[1] "-" all[NR] "]" }'; }
