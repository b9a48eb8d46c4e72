#!/usr/bin/env bash
# Stops exactly what the local stack started, in reverse order. The data stays.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

stop_step() {
  local text="$1"
  shift
  step_begin "$text"
  "$@" || die "could not stop: $text" "See make status"
  step_done
}

if [[ -z "$(ls -A "$PID_DIR")" ]]; then
  say "Nothing of Orderflow is running."
  exit 0
fi
stop_step "Prometheus stopped" "$LOCAL_STACK_DIR/observability.sh" down
stop_step "edge stopped" "$LOCAL_STACK_DIR/edge.sh" down
stop_step "services stopped" "$LOCAL_STACK_DIR/services.sh" down
stop_step "mail catcher stopped" "$LOCAL_STACK_DIR/mail.sh" down
stop_step "Kafka stopped" "$LOCAL_STACK_DIR/kafka.sh" down
stop_step "PostgreSQL stopped" "$LOCAL_STACK_DIR/postgres.sh" down
say "Data and logs are kept in $ORDERFLOW_STATE_DIR; delete them with: make reset"
