#!/usr/bin/env bash
# Prometheus over the local stack, with the project's rules and alerts, and the checker each minute
# (make run OBS=1). Usage: observability.sh up | down | status | wipe
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly START_TIMEOUT_S=30
readonly STOP_TIMEOUT_S=10
readonly CHECK_EVERY_S=60
HOME_DIR="$ORDERFLOW_STATE_DIR/observability"
RULES_DIR="$REPO_ROOT/deploy/observability"

prometheus_ready() { curl -fsS --max-time 2 "http://127.0.0.1:$PROMETHEUS_PORT/-/ready"; }
exporter_answers() { curl -fsS --max-time 2 "http://127.0.0.1:$NODE_EXPORTER_PORT/metrics"; }

scrape() {  # job, port
  printf '  - job_name: %s\n    static_configs:\n      - targets: ["127.0.0.1:%s"]\n' "$1" "$2"
}

write_configuration() {
  local name prefix port
  mkdir -p "$HOME_DIR/textfiles"
  {
    printf 'global:\n  scrape_interval: 5s\n  evaluation_interval: 15s\n'
    printf 'rule_files:\n  - %s/rules/*.yaml\n  - %s/alerts/*.yaml\n' "$RULES_DIR" "$RULES_DIR"
    printf 'scrape_configs:\n'
    # A process' name is its job: that is what rules and dashboards tell them apart by.
    while read -r name prefix _; do
      port="${prefix}_ADMIN_PORT"
      scrape "$name" "${!port}"
    done < <(processes)
    scrape checker "$NODE_EXPORTER_PORT"
  } >"$HOME_DIR/prometheus.yaml"
}

up() {
  require_tool prometheus "make run OBS=1"
  require_tool prometheus-node-exporter "make run OBS=1"
  write_configuration
  if ! running_pid checker >/dev/null; then
    start_process checker "$LOCAL_STACK_DIR/verify.sh" --incremental --every "$CHECK_EVERY_S" \
      --state "$HOME_DIR/checker.state" --metrics-file "$HOME_DIR/textfiles/checker.prom"
  fi
  if ! running_pid node-exporter >/dev/null; then
    require_free_port "$NODE_EXPORTER_PORT" "the checker's metrics" NODE_EXPORTER_PORT
    start_process node-exporter prometheus-node-exporter --collector.disable-defaults --collector.textfile \
      --collector.textfile.directory="$HOME_DIR/textfiles" --web.disable-exporter-metrics \
      --web.listen-address="127.0.0.1:$NODE_EXPORTER_PORT"
  fi
  if ! running_pid prometheus >/dev/null; then
    require_free_port "$PROMETHEUS_PORT" "Prometheus" PROMETHEUS_PORT
    start_process prometheus prometheus --config.file="$HOME_DIR/prometheus.yaml" \
      --storage.tsdb.path="$HOME_DIR/data" --storage.tsdb.retention.time=7d \
      --web.listen-address="127.0.0.1:$PROMETHEUS_PORT" --log.level=warn
  fi
  await prometheus prometheus_ready
  await node-exporter exporter_answers
}

await() {  # process, command that succeeds when it is there
  if ! wait_until "$START_TIMEOUT_S" "$1" "$2"; then
    tail -n 20 "$LOG_DIR/$1.log" >&2
    die "$1 does not answer" "Its log: $LOG_DIR/$1.log"
  fi
}

down() {
  stop_process prometheus "$STOP_TIMEOUT_S"
  stop_process node-exporter "$STOP_TIMEOUT_S"
  stop_process checker "$STOP_TIMEOUT_S"
}

case "${1:-}" in
  up) up ;;
  down) down ;;
  status) running_pid prometheus ;;
  wipe) rm -rf "$HOME_DIR" ;;
  *) die "usage: observability.sh up|down|status|wipe" ;;
esac
