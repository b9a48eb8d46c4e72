#!/usr/bin/env bash
# Proves what the local stack's scripts promise, on a PostgreSQL and a Kafka of their own: a second
# start changes nothing, data outlives a stop and a kill -9, a busy port is named, stopping leaves no
# process and never touches one that is not ours. Each case is a function whose name says it.
set -euo pipefail

LOCAL_STACK_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TEST_DIR="$(mktemp -d)"
export ORDERFLOW_STATE_DIR="$TEST_DIR/state" POSTGRES_SHARED_BUFFERS=128MB POSTGRES_HUGE_PAGES=off
unset ORDERFLOW_PORT_SHIFT
# shellcheck source=deploy/local/lib.sh
source "$LOCAL_STACK_DIR/lib.sh"

cleanup() {
  if [[ -n "${occupant:-}" ]]; then kill "$occupant" 2>/dev/null || true; fi
  "$LOCAL_STACK_DIR/down.sh" >/dev/null 2>&1 || true
  "$LOCAL_STACK_DIR/postgres.sh" wipe >/dev/null 2>&1 || true
  rm -rf "$TEST_DIR"
}
trap cleanup EXIT

fail() {
  echo "  failed: $*" >&2
  exit 1
}

read -r POSTGRES_PORT KAFKA_PORT KAFKA_CONTROLLER_PORT PROMETHEUS_PORT NODE_EXPORTER_PORT <<<"$(free_ports 5)"
export POSTGRES_PORT KAFKA_PORT KAFKA_CONTROLLER_PORT PROMETHEUS_PORT NODE_EXPORTER_PORT

sql() { psql -X -At -v ON_ERROR_STOP=1 "$(database_url "$1" "$2")" -c "$3" 2>&1; }

postgres_started_twice_is_the_same_process() {
  "$LOCAL_STACK_DIR/postgres.sh" up
  local first
  first="$(running_pid postgres)"
  "$LOCAL_STACK_DIR/postgres.sh" up
  [[ "$(running_pid postgres)" == "$first" ]] || fail "another process after the second up"
}

databases_can_be_made_again() {
  "$LOCAL_STACK_DIR/postgres.sh" databases
  "$LOCAL_STACK_DIR/postgres.sh" databases
  [[ "$(sql order_owner orders 'SELECT 1')" == 1 ]] || fail "the owner cannot log in"
}

runtime_role_may_read_but_not_make_tables() {
  sql order_owner orders 'CREATE TABLE kept (id int); INSERT INTO kept VALUES (7);
                          GRANT SELECT ON kept TO order_service' >/dev/null
  [[ "$(sql order_service orders 'SELECT id FROM kept')" == 7 ]] || fail "cannot read what was granted"
  [[ "$(sql order_service orders 'CREATE TABLE mine (id int)' || true)" == *'permission denied'* ]] ||
    fail "the runtime role could make a table"
  [[ "$(sql order_service payments 'SELECT 1' || true)" == *'permission denied'* ]] ||
    fail "a service could log in to the database of another"
}

data_outlives_a_kill_of_postgres() {
  "$LOCAL_STACK_DIR/postgres.sh" kill
  "$LOCAL_STACK_DIR/postgres.sh" up
  [[ "$(sql order_service orders 'SELECT id FROM kept')" == 7 ]] || fail "the row is gone"
}

busy_port_names_its_holder_and_the_setting() {
  local port output
  port="$(free_ports 1)"
  python3 -c "
import socket, time
listener = socket.create_server(('127.0.0.1', $port))
time.sleep(60)" &
  occupant=$!
  until port_is_busy "$port"; do sleep 0.05; done
  if output="$(KAFKA_PORT="$port" "$LOCAL_STACK_DIR/kafka.sh" up 2>&1)"; then fail "started on a busy port"; fi
  [[ "$output" == *"port $port"* && "$output" == *"pid=$occupant"* && "$output" == *KAFKA_PORT=* ]] ||
    fail "the message does not help: $output"
  if output="$(KAFKA_NODES=2 KAFKA_PORT_2="$port" KAFKA_CONTROLLER_PORT_2="$(free_ports 1)" \
    "$LOCAL_STACK_DIR/kafka.sh" up 2 2>&1)"; then fail "started on a busy port"; fi
  [[ "$output" == *KAFKA_PORT_2=* ]] || fail "another node's setting: $output"
  kill "$occupant"
  wait "$occupant" 2>/dev/null || true
  occupant=''
}

kafka_data_outlives_a_kill() {
  "$LOCAL_STACK_DIR/kafka.sh" up
  local broker="127.0.0.1:$KAFKA_PORT" cluster
  cluster="$(cat "$ORDERFLOW_STATE_DIR/kafka/data/meta.properties")"
  "$LOCAL_STACK_DIR/kafka.sh" kill
  "$LOCAL_STACK_DIR/kafka.sh" up
  [[ "$(cat "$ORDERFLOW_STATE_DIR/kafka/data/meta.properties")" == "$cluster" ]] || fail "another cluster"
  kcat -b "$broker" -L -m 5 >/dev/null || fail "the broker does not answer"
  "$LOCAL_STACK_DIR/kafka.sh" status >/dev/null || fail "status does not see it"
  if KAFKA_NODES=2 KAFKA_PORT_2="$(free_ports 1)" KAFKA_CONTROLLER_PORT_2="$(free_ports 1)" \
    "$LOCAL_STACK_DIR/kafka.sh" status >/dev/null; then fail "status does not miss the second node"; fi
}

stale_pid_file_does_not_stop_a_stranger() {
  sleep 60 &
  occupant=$!
  echo "$occupant 1" >"$PID_DIR/mail"  # its pid, another start time: a pid that was reused
  "$LOCAL_STACK_DIR/mail.sh" down
  kill -0 "$occupant" || fail "a process that is not ours was stopped"
  kill "$occupant"
  wait "$occupant" 2>/dev/null || true
  occupant=''
}

# The checker itself is another test's: here a stand-in writes what it would.
prometheus_has_the_alerts_and_listens_on_loopback_only() {
  local build="$TEST_DIR/build" url="http://127.0.0.1:$PROMETHEUS_PORT/api/v1" alerts
  mkdir -p "$build/bin"
  cat >"$build/bin/orderctl" <<'SCRIPT'
#!/bin/sh
while [ "$1" != --metrics-file ]; do shift; done
echo "orderflow_verify_read_orders 7" >"$2"
exec sleep 60
SCRIPT
  chmod +x "$build/bin/orderctl"
  ORDERFLOW_BUILD_DIR="$build" "$LOCAL_STACK_DIR/observability.sh" up
  alerts="$(curl -fsS "$url/rules?type=alert" | grep -o '"type":"alerting"' | wc -l)"
  [[ "$alerts" == "$(find "$REPO_ROOT/deploy/observability/alerts" -name '*.yaml' | wc -l)" ]] ||
    fail "Prometheus has $alerts alerts"
  until [[ "$(curl -fsS "$url/query?query=orderflow_verify_read_orders")" == *'"7"'* ]]; do sleep 0.2; done
  if ss -Hltn "sport = :$PROMETHEUS_PORT or sport = :$NODE_EXPORTER_PORT" | grep -v '127\.0\.0\.1:'; then
    fail "it listens beyond loopback"
  fi
}

secure_is_remembered_by_the_folder() {
  local folder="$TEST_DIR/secure_state" answer
  # shellcheck disable=SC2016  # expanded by the inner shell
  in_folder() {
    env "$@" ORDERFLOW_STATE_DIR="$folder" bash -c 'source "$0/lib.sh"; echo "SECURE=$SECURE"; ${AND_THEN:-:}' \
      "$LOCAL_STACK_DIR" 2>&1
  }
  [[ "$(in_folder -u SECURE)" == SECURE=0 ]] || fail "a new folder is secure without being asked to"
  in_folder SECURE=1 AND_THEN=remember_secure >/dev/null
  [[ "$(in_folder -u SECURE)" == SECURE=1 ]] || fail "a secure folder was forgotten to be one"
  if answer="$(in_folder SECURE=0)"; then fail "a secure folder was used with SECURE=0"; fi
  [[ "$answer" == *'was made with SECURE=1'* ]] || fail "SECURE=0 on a secure folder says: $answer"
}

down_leaves_nothing_running() {
  local pids
  pids="$(running_pid postgres) $(running_pid kafka) $(running_pid prometheus) $(running_pid node-exporter) $(running_pid checker)"
  "$LOCAL_STACK_DIR/down.sh" >/dev/null
  local pid
  for pid in $pids; do
    if [[ -n "$(process_start_time "$pid")" ]]; then fail "process $pid is still there"; fi
  done
  if port_is_busy "$POSTGRES_PORT" || port_is_busy "$KAFKA_PORT"; then fail "a port is still in use"; fi
}

reset_deletes_the_data() {
  "$LOCAL_STACK_DIR/reset.sh" >/dev/null
  [[ ! -d "$ORDERFLOW_STATE_DIR" ]] || fail "$ORDERFLOW_STATE_DIR is still there"
}

for case in postgres_started_twice_is_the_same_process databases_can_be_made_again \
  runtime_role_may_read_but_not_make_tables data_outlives_a_kill_of_postgres \
  busy_port_names_its_holder_and_the_setting kafka_data_outlives_a_kill \
  prometheus_has_the_alerts_and_listens_on_loopback_only stale_pid_file_does_not_stop_a_stranger \
  secure_is_remembered_by_the_folder down_leaves_nothing_running reset_deletes_the_data; do
  started_ms="$(now_ms)"
  "$case"
  echo "ok $case ($(($(now_ms) - started_ms)) ms)"
done
