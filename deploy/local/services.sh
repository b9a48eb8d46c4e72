#!/usr/bin/env bash
# Our own processes: their environment, migrations, topics, start and stop.
# Usage: services.sh migrate [NAME...] | topics | forget-positions NAME... | up [NAME...] | launch NAME... | down [NAME...] | kill NAME... |
#                    restart NAME... | status | env NAME
# Without names: all of processes.txt. up leaves a process alone whose binary has not changed since;
# launch is up without the wait until they are ready.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

BIN="$ORDERFLOW_BUILD_DIR/bin"

# Sets PREFIX, DATABASE, ROLE and OWNER of a process.
describe() {
  local name
  while read -r name PREFIX DATABASE ROLE OWNER; do
    if [[ "$name" == "$1" ]]; then return 0; fi
  done < <(processes)
  die "there is no process named '$1'." "Known: $(process_names | tr '\n' ' ')"
}

port_of() {  # prefix, GRPC or ADMIN
  local setting="${1}_${2}_PORT"
  echo "${!setting}"
}

kafka_login() {
  if ! is_secure; then return 0; fi
  echo "ORDERFLOW_KAFKA_SECURITY_PROTOCOL=sasl_ssl"
  echo "ORDERFLOW_KAFKA_TLS_AUTHORITIES_FILE=$CERTIFICATES_DIR/authority.pem"
  echo "ORDERFLOW_KAFKA_SASL_MECHANISM=$(kafka_sasl_mechanism)"
  echo "ORDERFLOW_KAFKA_SASL_USERNAME=$1"
  echo "ORDERFLOW_KAFKA_SASL_PASSWORD=$(role_password "$1")"
}

# The settings of a process, one NAME=VALUE a line. Processes get these and nothing of our own
# environment: an unknown ORDERFLOW_ setting would be refused.
environment() {
  describe "$1"
  local extra="${PREFIX}_EXTRA_ENV" postgres_port="${PREFIX}_POSTGRES_PORT" kafka_port="${PREFIX}_KAFKA_ADVERTISED_PORT"
  echo "ORDERFLOW_GRPC_LISTEN=127.0.0.1:$(port_of "$PREFIX" GRPC)"
  echo "ORDERFLOW_ADMIN_LISTEN=127.0.0.1:$(port_of "$PREFIX" ADMIN)"
  echo "ORDERFLOW_DATABASE_URL=$(POSTGRES_PORT="${!postgres_port:-$POSTGRES_PORT}" database_url "$ROLE" "$DATABASE")"
  echo "ORDERFLOW_LOG_LEVEL=$SERVICE_LOG_LEVEL"
  if [[ -n "$TRACES_ENDPOINT" ]]; then
    echo "ORDERFLOW_TRACES_ENDPOINT=$TRACES_ENDPOINT"
    echo "ORDERFLOW_TRACES_SAMPLE_RATIO=$TRACES_SAMPLE_RATIO"
  fi
  tls_environment "$1"
  authentication_environment
  if [[ "$PREFIX" != PROVIDER ]]; then
    echo "ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:${!kafka_port:-$KAFKA_PORT}"
    kafka_login "$1"
  fi
  case "$PREFIX" in
    ORDER)
      echo "ORDERFLOW_INVENTORY_ADDRESS=127.0.0.1:${ORDER_INVENTORY_PORT:-$INVENTORY_GRPC_PORT}"
      echo "ORDERFLOW_KAFKA_TOPIC_PARTITIONS=$KAFKA_TOPIC_PARTITIONS"
      ;;
    SAGA) echo "ORDERFLOW_PAYMENT_ADDRESS=127.0.0.1:$PAYMENT_GRPC_PORT" ;;
    PAYMENT)
      echo "ORDERFLOW_PROVIDER_ADDRESS=127.0.0.1:${PAYMENT_PROVIDER_PORT:-$PROVIDER_GRPC_PORT}"
      echo "ORDERFLOW_PAYMENT_WEBHOOK_LISTEN=127.0.0.1:$PAYMENT_WEBHOOK_PORT"
      echo "ORDERFLOW_PAYMENT_WEBHOOK_SECRETS=$(webhook_secret)"
      ;;
    PROVIDER)
      echo "ORDERFLOW_PROVIDER_WEBHOOK_URL=http://127.0.0.1:${PROVIDER_WEBHOOK_PORT:-$PAYMENT_WEBHOOK_PORT}/webhooks/provider"
      echo "ORDERFLOW_PROVIDER_WEBHOOK_SECRET=$(webhook_secret)"
      ;;
    NOTIFICATION) echo "ORDERFLOW_SMTP_URL=smtp://127.0.0.1:${NOTIFICATION_SMTP_PORT:-$MAIL_SMTP_PORT}" ;;
  esac
  # shellcheck disable=SC2086  # words are settings
  [[ -z "${!extra:-}" ]] || printf '%s\n' ${!extra}
}

# Prints the command prefix that gives a process its environment and nothing else.
read_environment() {  # array name, process
  local -n result="$1"
  mapfile -t result < <(environment "$2")
  result=(env -i PATH="$PATH" HOME="$HOME" LANG=C.UTF-8 TZ=UTC "${result[@]}")
}

require_binary() {
  [[ -x "$BIN/$1" ]] || die "$BIN/$1 has not been built." "Run: make build"
}

migrate() {
  local name command
  for name in "$@"; do
    describe "$name"
    [[ "$OWNER" == - ]] && continue
    require_binary "$name"
    read_environment command "$name"
    "${command[@]}" ORDERFLOW_DATABASE_OWNER_URL="$(database_url "$OWNER" "$DATABASE")" \
      "$BIN/$name" --migrate </dev/null >"$LOG_DIR/migrate-$name.log" 2>&1 || {
      tail -n 15 "$LOG_DIR/migrate-$name.log" >&2
      die "the migrations of $name failed" "See $LOG_DIR/migrate-$name.log"
    }
  done
}

# By the administrator: no process may do this to Kafka.
topics() {
  local command flag
  local -a flags=(--create-topics) login
  require_binary order-service
  read_environment command order-service
  if is_secure; then flags+=(--grant-topic-rights); fi
  mapfile -t login < <(kafka_login kafka)
  for flag in "${flags[@]}"; do
    "${command[@]}" "${login[@]}" "$BIN/order-service" "$flag" </dev/null >"$LOG_DIR/topics.log" 2>&1 || {
      tail -n 15 "$LOG_DIR/topics.log" >&2
      die "the Kafka topics could not be created" "See $LOG_DIR/topics.log"
    }
  done
}

# For a Kafka whose data is lost: what was read of the old one says nothing about the new one.
forget_positions() {
  local name command
  for name in "$@"; do
    require_binary "$name"
    read_environment command "$name"
    "${command[@]}" "$BIN/$name" --forget-positions </dev/null >"$LOG_DIR/forget-$name.log" 2>&1 || {
      tail -n 15 "$LOG_DIR/forget-$name.log" >&2
      die "$name does not forget its positions" "See $LOG_DIR/forget-$name.log"
    }
  done
}

# Running, and the file it was started from still is the one on disk (a new build replaces it).
runs_current_binary() {
  local pid
  pid="$(running_pid "$1")" && [[ "$(readlink "/proc/$pid/exe")" != *' (deleted)' ]]
}

ready() { curl -fsS --max-time 2 "http://127.0.0.1:$1/readyz"; }

launch() {
  local name="$1" command
  require_binary "$name"
  if runs_current_binary "$name"; then return 0; fi
  stop_process "$name" "$SERVICE_STOP_TIMEOUT_S"
  describe "$name"
  require_free_port "$(port_of "$PREFIX" GRPC)" "$name" "${PREFIX}_GRPC_PORT"
  require_free_port "$(port_of "$PREFIX" ADMIN)" "the metrics of $name" "${PREFIX}_ADMIN_PORT"
  if [[ "$PREFIX" == PAYMENT ]]; then
    require_free_port "$PAYMENT_WEBHOOK_PORT" "the webhooks of $name" PAYMENT_WEBHOOK_PORT
  fi
  read_environment command "$name"
  # Every connection is a descriptor; a hard limit below that is all that there is.
  ulimit -Sn "$SERVICE_OPEN_FILES" 2>/dev/null || ulimit -Sn "$(ulimit -Hn)"
  start_process "$name" "${command[@]}" "$BIN/$name"
}

await_ready() {
  local name="$1" port
  describe "$name"
  port="$(port_of "$PREFIX" ADMIN)"
  if wait_until "$SERVICE_START_TIMEOUT_S" "$name" ready "$port"; then return 0; fi
  tail -n 20 "$LOG_DIR/$name.log" >&2
  if running_pid "$name" >/dev/null; then
    die "$name is not ready after $SERVICE_START_TIMEOUT_S s: $(curl -sS --max-time 2 "http://127.0.0.1:$port/readyz" 2>&1)" \
      "Its log: $LOG_DIR/$name.log"
  fi
  die "$name ended while starting" "Its log: $LOG_DIR/$name.log"
}

# All are launched first and awaited then: each waits for what it needs by itself.
up() {
  local name
  require_tool curl "the check that a service is ready"
  for name in "$@"; do launch "$name"; done
  for name in "$@"; do await_ready "$name"; done
}

# One after the other in reverse order, so that the API stops taking orders before the rest goes.
down() {
  local i names=("$@")
  for ((i = ${#names[@]} - 1; i >= 0; i--)); do
    stop_process "${names[i]}" "$SERVICE_STOP_TIMEOUT_S"
  done
}

status() {
  local name pid state
  for name in $(process_names); do
    describe "$name"
    state='not running'
    if pid="$(running_pid "$name")"; then
      state='running, not ready'
      if ready "$(port_of "$PREFIX" ADMIN)" >/dev/null 2>&1; then state='ready'; fi
    fi
    printf '%s|%s|%s|gRPC %s  metrics http://127.0.0.1:%s/metrics\n' "$name" "$state" "${pid:-}" \
      "127.0.0.1:$(port_of "$PREFIX" GRPC)" "$(port_of "$PREFIX" ADMIN)"
  done
}

action="${1:-}"
[[ $# -gt 0 ]] && shift
if (($# == 0)); then mapfile -t names < <(process_names); else names=("$@"); fi
for name in "${names[@]}"; do describe "$name"; done
case "$action" in
  migrate) migrate "${names[@]}" ;;
  topics) topics ;;
  forget-positions) forget_positions "${names[@]}" ;;
  up) up "${names[@]}" ;;
  launch) for name in "${names[@]}"; do launch "$name"; done ;;
  down) down "${names[@]}" ;;
  kill) for name in "${names[@]}"; do kill_process "$name"; done ;;
  restart) down "${names[@]}" && up "${names[@]}" ;;
  status) status ;;
  env) for name in "${names[@]}"; do environment "$name"; done ;;
  *) die "usage: services.sh migrate|topics|forget-positions|up|launch|down|kill|restart|status|env [NAME...]" ;;
esac
