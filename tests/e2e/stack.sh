#!/usr/bin/env bash
# A whole stack of its own for a test or benchmark run: own folder, own free ports, nothing in it.
# Usage: stack.sh ports|up|down|env DIR | services up|down|kill DIR NAME... | verify DIR [ARGUMENT...]
# up uses the binaries of ORDERFLOW_BUILD_DIR and writes DIR/stack.env: every port, and the addresses
# that orderctl and loadgen read. ports only writes that file. A stack that already
# runs in DIR is left alone.
# down stops it, and whatever a test has recorded beside it, and deletes its data; logs stay in DIR/logs. Other settings of
# deploy/local/settings.env may come from the environment.
set -euo pipefail

readonly GUEST_STOP_TIMEOUT_S=5
readonly PORT_SETTINGS=(POSTGRES_PORT KAFKA_PORT KAFKA_CONTROLLER_PORT MAIL_SMTP_PORT MAIL_WEB_PORT
  KAFKA_PORT_2 KAFKA_CONTROLLER_PORT_2 KAFKA_PORT_3 KAFKA_CONTROLLER_PORT_3
  KAFKA_PORT_OF_ORDER KAFKA_PORT_OF_SAGA KAFKA_PORT_OF_PAYMENT KAFKA_PORT_OF_INVENTORY KAFKA_PORT_OF_NOTIFICATION
  EDGE_PORT ORDER_GRPC_PORT ORDER_ADMIN_PORT SAGA_GRPC_PORT SAGA_ADMIN_PORT PAYMENT_GRPC_PORT PAYMENT_ADMIN_PORT
  PAYMENT_WEBHOOK_PORT INVENTORY_GRPC_PORT INVENTORY_ADMIN_PORT NOTIFICATION_GRPC_PORT NOTIFICATION_ADMIN_PORT
  PROVIDER_GRPC_PORT PROVIDER_ADMIN_PORT)

usage() {
  echo "usage: stack.sh ports|up|down|env DIR | services up|down|kill DIR NAME... | verify DIR [ARGUMENT...]" >&2
  exit 2
}

LOCAL="$(cd "$(dirname "${BASH_SOURCE[0]}")/../../deploy/local" && pwd)"
# shellcheck source=deploy/local/ports.sh
source "$LOCAL/ports.sh"

# Distinct ports that nobody listens on.
choose_ports() {
  local i
  local -a ports
  read -ra ports <<<"$(free_ports "${#PORT_SETTINGS[@]}")"
  for i in "${!PORT_SETTINGS[@]}"; do export "${PORT_SETTINGS[i]}=${ports[i]}"; done
}

write_env() {
  local setting database
  # shellcheck source=deploy/local/lib.sh
  source "$LOCAL/lib.sh"
  {
    echo "ORDERFLOW_STATE_DIR=$ORDERFLOW_STATE_DIR"
    echo "ORDERFLOW_BUILD_DIR=$ORDERFLOW_BUILD_DIR"
    echo "KAFKA_NODES=$KAFKA_NODES"
    echo "SECURE=$SECURE"
    echo "CERTIFICATES_DIR=$CERTIFICATES_DIR"
    echo "TOKENS_DIR=$TOKENS_DIR"
    operator_environment
    for setting in "${PORT_SETTINGS[@]}"; do echo "$setting=${!setting}"; done
    echo "ORDERFLOW_ORDER_ADDRESS=127.0.0.1:$ORDER_GRPC_PORT"
    echo "EDGE_ADDRESS=127.0.0.1:$EDGE_PORT"
    echo "ORDERFLOW_SAGA_ADDRESS=127.0.0.1:$SAGA_GRPC_PORT"
    echo "ORDERFLOW_PAYMENT_ADDRESS=127.0.0.1:$PAYMENT_GRPC_PORT"
    echo "ORDERFLOW_INVENTORY_ADDRESS=127.0.0.1:$INVENTORY_GRPC_PORT"
    echo "ORDERFLOW_NOTIFICATION_ADDRESS=127.0.0.1:$NOTIFICATION_GRPC_PORT"
    echo "ORDERFLOW_PROVIDER_ADDRESS=127.0.0.1:$PROVIDER_GRPC_PORT"
    echo "ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:$KAFKA_PORT"
    for database in orders payments inventory notifications provider; do
      # Sourced by shells, to which its & would mean something.
      printf 'ORDERFLOW_VERIFY_%s_URL=%q\n' "${database^^}" "$(database_url "${database}_verify" "$database")"
    done
  } >"$ENV_FILE.new"
  mv "$ENV_FILE.new" "$ENV_FILE"
}

load_env() {
  [[ -f "$ENV_FILE" ]] || {
    echo "error: no stack in $ORDERFLOW_STATE_DIR; run: stack.sh up $ORDERFLOW_STATE_DIR" >&2
    exit 1
  }
  set -a
  # shellcheck disable=SC1090  # written by write_env
  source "$ENV_FILE"
  set +a
}

ports() {
  if [[ ! -f "$ENV_FILE" ]]; then
    choose_ports
    (write_env)
  fi
  load_env
}

up() {
  ports
  "$LOCAL/up.sh" --no-build --no-demo
}

# What a test has recorded beside the stack's own processes (a second instance, a replica). It uses
# the servers, so it ends before them.
stop_guests() {
  local file name own
  # shellcheck source=deploy/local/lib.sh
  source "$LOCAL/lib.sh"
  own=" mail postgres kafka kafka-2 kafka-3 $(process_names | tr '\n' ' ')"
  for file in "$PID_DIR"/*; do
    name="${file##*/}"
    if [[ -f "$file" && "$own" != *" $name "* ]]; then stop_process "$name" "$GUEST_STOP_TIMEOUT_S"; fi
  done
}

down() {
  [[ -f "$ENV_FILE" ]] || return 0
  load_env
  (stop_guests)
  "$LOCAL/down.sh"
  "$LOCAL/kafka.sh" wipe
  "$LOCAL/postgres.sh" wipe
  rm -f "$ENV_FILE" "$ORDERFLOW_STATE_DIR/secure"
}

# The folder comes after the command, and after the word of `services`.
open_dir() {
  mkdir -p "$1"
  ORDERFLOW_STATE_DIR="$(cd "$1" && pwd)"
  export ORDERFLOW_STATE_DIR
  ENV_FILE="$ORDERFLOW_STATE_DIR/stack.env"
}

(($# >= 2)) || usage
command="$1"
shift
case "$command" in
  ports)
    open_dir "$1"
    ports
    ;;
  up)
    open_dir "$1"
    up
    ;;
  down)
    open_dir "$1"
    down
    ;;
  env)
    open_dir "$1"
    load_env
    cat "$ENV_FILE"
    ;;
  services)
    (($# >= 3)) || usage
    action="$1"
    open_dir "$2"
    load_env
    shift 2
    exec "$LOCAL/services.sh" "$action" "$@"
    ;;
  verify)
    open_dir "$1"
    load_env
    shift
    exec "$ORDERFLOW_BUILD_DIR/bin/orderctl" verify "$@"
    ;;
  *) usage ;;
esac
