#!/usr/bin/env bash
# PostgreSQL of the local stack: a cluster of its own, with its own port and data folder.
# Usage: postgres.sh up | databases | down | kill | status | admin-url [DATABASE] | psql [DATABASE] | wipe
# up leaves a running server alone and keeps the data; wipe deletes the data of a stopped server.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly START_TIMEOUT_S=60
readonly STOP_TIMEOUT_S=20
readonly START_ATTEMPTS=5

# The server refuses to run as root, so root hands it to the postgres account of the package.
# That account cannot enter a private home folder: the data then lives under /var/lib instead.
server_home() {
  local home="$ORDERFLOW_STATE_DIR/postgres"
  if ((EUID == 0)); then
    if ! runuser -u postgres -- test -x "$ORDERFLOW_STATE_DIR" 2>/dev/null; then
      home="/var/lib/orderflow/$(printf '%s' "$ORDERFLOW_STATE_DIR" | sha256sum | cut -c1-16)"
    fi
  fi
  echo "$home"
}

find_programs() {
  local found
  found="$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)"
  [[ -x "$found/initdb" ]] || die "the PostgreSQL server programs are missing." "Run: make install"
  BIN="$found"
}

buffers() {
  if [[ -n "$POSTGRES_SHARED_BUFFERS" ]]; then
    echo "$POSTGRES_SHARED_BUFFERS"
    return
  fi
  local mb
  mb=$(($(awk '/^MemTotal/ {print $2}' /proc/meminfo) / 1024 / 8))
  echo "$((mb < 128 ? 128 : mb > 2048 ? 2048 : mb))MB"
}

create_cluster() {
  local password_file="$HOME_DIR/.password"
  mkdir -p "$HOME_DIR"
  chmod 711 "$HOME_DIR"
  (umask 077 && role_password postgres >"$password_file")
  if ((EUID == 0)); then chown postgres: "$HOME_DIR" "$password_file"; fi
  rm -rf "$DATA.new"
  as_server "$BIN/initdb" -D "$DATA.new" -U postgres --pwfile="$password_file" --data-checksums \
    --encoding=UTF8 --locale=C --auth=scram-sha-256 >"$LOG_DIR/postgres-initdb.log" 2>&1 ||
    die "initdb failed" "See $LOG_DIR/postgres-initdb.log"
  rm -f "$password_file"
  echo "include 'orderflow.conf'" >>"$DATA.new/postgresql.conf"
  # initdb lets loopback in only; off loopback whoever shares a network with the server.
  echo 'host all all samenet scram-sha-256' >>"$DATA.new/pg_hba.conf"
  mv "$DATA.new" "$DATA"
}

# The server reads them as its own account, and refuses a key that others may read. Nobody gets in
# unencrypted.
protect_connections() {
  is_secure || return 0
  install -m 0644 "$CERTIFICATES_DIR/postgres.pem" "$DATA/server.pem"
  install -m 0600 "$CERTIFICATES_DIR/postgres.key" "$DATA/server.key"
  echo "hostssl all all 127.0.0.1/32 scram-sha-256" >"$DATA/encrypted_hba.conf"
  if ((EUID == 0)); then chown postgres: "$DATA"/{server.pem,server.key,encrypted_hba.conf}; fi
}

write_configuration() {
  {
    cat "$LOCAL_STACK_DIR/postgres/postgresql.conf"
    echo "listen_addresses = '$BACKENDS_ADDRESS'"
    echo "port = $POSTGRES_PORT"
    echo "max_connections = $POSTGRES_MAX_CONNECTIONS"
    echo "shared_buffers = $(buffers)"
    echo "huge_pages = $POSTGRES_HUGE_PAGES"
    if is_secure; then
      echo "ssl = on"
      echo "ssl_min_protocol_version = 'TLSv1.2'"
      echo "ssl_cert_file = 'server.pem'"
      echo "ssl_key_file = 'server.key'"
      echo "hba_file = '$DATA/encrypted_hba.conf'"
    fi
  } >"$DATA/orderflow.conf"
}

# Huge pages must be there before the server starts; those that another server has reserved and not
# touched yet still count as free. What was added is given back by down.
reserve_huge_pages() {
  local pool=/proc/sys/vm/nr_hugepages before needed free
  [[ "$POSTGRES_HUGE_PAGES" == try && -w "$pool" ]] || return 0
  [[ -f "$ORDERFLOW_STATE_DIR/huge_pages_before" ]] && return 0
  needed="$(as_server "$BIN/postgres" -D "$DATA" -C shared_memory_size_in_huge_pages 2>/dev/null)" || return 0
  ((needed > 0)) || return 0
  free="$(awk '/^HugePages_Free/ {free = $2} /^HugePages_Rsvd/ {reserved = $2} END {print free - reserved}' /proc/meminfo)"
  ((free < needed)) || return 0
  before="$(<"$pool")"
  if echo $((before + needed - free)) 2>/dev/null >"$pool"; then
    echo "$before" >"$ORDERFLOW_STATE_DIR/huge_pages_before"
  fi
}

release_huge_pages() {
  local saved="$ORDERFLOW_STATE_DIR/huge_pages_before"
  if [[ -f "$saved" ]]; then
    cat "$saved" 2>/dev/null >/proc/sys/vm/nr_hugepages || true
    rm -f "$saved"
  fi
}

# After a kill -9 of the server its children need a moment to notice and go.
start_server() {
  local attempt
  for ((attempt = 1; attempt <= START_ATTEMPTS; attempt++)); do
    # shellcheck disable=SC2086  # words are variables
    if as_server env "${MALLOC_ENVIRONMENT[@]}" ${POSTGRES_EXTRA_ENV:-} "$BIN/pg_ctl" start -D "$DATA" -w -t "$START_TIMEOUT_S" -s \
      -l "$HOME_DIR/postgres.log" </dev/null >"$LOG_DIR/postgres-start.log" 2>&1; then
      record_process postgres "$(head -n 1 "$DATA/postmaster.pid")"
      return 0
    fi
    sleep 1
  done
  tail -n 15 "$HOME_DIR/postgres.log" >&2 || true
  die "PostgreSQL did not start" "Its log: $LOG_DIR/postgres.log"
}

up() {
  find_programs
  # One that is just dying does not count: it stops answering and is started again.
  if wait_until "$START_TIMEOUT_S" postgres "$BIN/pg_isready" -q -h "$BACKENDS_ADDRESS" -p "$POSTGRES_PORT"; then return 0; fi
  require_free_port "$POSTGRES_PORT" PostgreSQL POSTGRES_PORT
  [[ -d "$DATA" ]] || create_cluster
  ln -sfn "$HOME_DIR/postgres.log" "$LOG_DIR/postgres.log"
  protect_connections
  write_configuration
  reserve_huge_pages
  start_server
}

admin_url() { database_url postgres "${1:-postgres}"; }

# Databases and roles of every service, created when missing.
databases() {
  local database owner runtime
  require_tool psql "creating the databases"
  while read -r database owner runtime; do
    [[ -z "$database" || "$database" == \#* ]] && continue
    psql -X -q -v ON_ERROR_STOP=1 -v database="$database" -v owner="$owner" -v runtime="$runtime" \
      -v owner_password="$(role_password "$owner")" -v runtime_password="$(role_password "$runtime")" \
      -v verify="${database}_verify" -v verify_password="$(role_password "${database}_verify")" \
      -f "$LOCAL_STACK_DIR/postgres/databases.sql" "$(admin_url)" </dev/null >>"$LOG_DIR/postgres-databases.log" 2>&1 ||
      die "database $database could not be created" "See $LOG_DIR/postgres-databases.log"
  done <"$LOCAL_STACK_DIR/databases.txt"
}

down() {
  local pid
  find_programs
  if pid="$(running_pid postgres)"; then
    kill -CONT "$pid" 2>/dev/null || true
    as_server "$BIN/pg_ctl" stop -D "$DATA" -m fast -w -t "$STOP_TIMEOUT_S" -s >/dev/null 2>&1 ||
      as_server "$BIN/pg_ctl" stop -D "$DATA" -m immediate -w -t 10 -s >/dev/null 2>&1 || true
  fi
  stop_process postgres 1
  release_huge_pages
}

wipe() {
  running_pid postgres >/dev/null && die "PostgreSQL is running; its data is not deleted." "Run: make down"
  rm -rf "$HOME_DIR"
}

HOME_DIR="$(server_home)"
DATA="$HOME_DIR/data"
case "${1:-}" in
  up) up ;;
  databases) databases ;;
  down) down ;;
  kill) kill_process postgres ;;
  status) running_pid postgres ;;
  admin-url) admin_url "${2:-}" ;;
  psql) exec psql "$(admin_url "${2:-orders}")" ;;
  wipe) wipe ;;
  *) die "usage: postgres.sh up|databases|down|kill|status|admin-url [DATABASE]|psql [DATABASE]|wipe" ;;
esac
