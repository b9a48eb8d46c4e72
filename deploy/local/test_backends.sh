#!/usr/bin/env bash
# PostgreSQL and Kafka of their own for a test run, on free ports, with nothing in them.
# Usage: test_backends.sh up DIR | down DIR
# up writes DIR/backends.env (sh syntax, also readable line by line as NAME=VALUE):
#   POSTGRES_PORT, POSTGRES_ADMIN_URL (superuser), KAFKA_BOOTSTRAP_SERVERS, ORDERFLOW_STATE_DIR
# Backends that already run in DIR are left alone. down stops them and deletes their data; the logs
# stay in DIR/logs.
set -euo pipefail

usage() {
  echo "usage: test_backends.sh up|down DIR" >&2
  exit 2
}
[[ $# == 2 ]] || usage
mkdir -p "$2"
ORDERFLOW_STATE_DIR="$(cd "$2" && pwd)"
# Nothing of a shell that points at the local stack may move these backends.
unset POSTGRES_PORT KAFKA_PORT KAFKA_CONTROLLER_PORT ORDERFLOW_PORT_SHIFT
export ORDERFLOW_STATE_DIR POSTGRES_SHARED_BUFFERS=128MB POSTGRES_HUGE_PAGES=off KAFKA_HEAP=512m
LOCAL_STACK_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# shellcheck source=deploy/local/ports.sh
source "$LOCAL_STACK_DIR/ports.sh"
ENV_FILE="$ORDERFLOW_STATE_DIR/backends.env"
readonly START_ATTEMPTS=3  # another run may take a port between the look and the use

# Both at once: the wait for the one is the work of the other.
start_both() {
  "$LOCAL_STACK_DIR/kafka.sh" up &
  local kafka=$! failed=0
  "$LOCAL_STACK_DIR/postgres.sh" up || failed=1
  wait "$kafka" || failed=1
  return "$failed"
}

stop_both() {
  "$LOCAL_STACK_DIR/kafka.sh" down &
  "$LOCAL_STACK_DIR/postgres.sh" down
  wait
  "$LOCAL_STACK_DIR/kafka.sh" wipe
  "$LOCAL_STACK_DIR/postgres.sh" wipe
  rm -f "$ENV_FILE"
}

up() {
  local attempt
  if [[ -f "$ENV_FILE" ]] && "$LOCAL_STACK_DIR/postgres.sh" status >/dev/null &&
    "$LOCAL_STACK_DIR/kafka.sh" status >/dev/null; then
    return 0
  fi
  for ((attempt = 1; attempt <= START_ATTEMPTS; attempt++)); do
    stop_both
    read -r POSTGRES_PORT KAFKA_PORT KAFKA_CONTROLLER_PORT <<<"$(free_ports 3)"
    export POSTGRES_PORT KAFKA_PORT KAFKA_CONTROLLER_PORT
    if start_both; then
      write_environment
      return 0
    fi
  done
  echo "error: the test backends did not start; see $ORDERFLOW_STATE_DIR/logs" >&2
  stop_both
  return 1
}

write_environment() {
  {
    echo "POSTGRES_PORT=$POSTGRES_PORT"
    echo "POSTGRES_ADMIN_URL=$("$LOCAL_STACK_DIR/postgres.sh" admin-url)"
    echo "KAFKA_BOOTSTRAP_SERVERS=${BACKENDS_ADDRESS:-127.0.0.1}:$KAFKA_PORT"
    echo "KAFKA_PORT=$KAFKA_PORT"
    echo "KAFKA_CONTROLLER_PORT=$KAFKA_CONTROLLER_PORT"
    echo "ORDERFLOW_STATE_DIR=$ORDERFLOW_STATE_DIR"
  } >"$ENV_FILE.new"
  mv "$ENV_FILE.new" "$ENV_FILE"
}

exec 8>"$ORDERFLOW_STATE_DIR/lock"
flock 8
case "$1" in
  up) up ;;
  down) stop_both ;;
  *) usage ;;
esac
