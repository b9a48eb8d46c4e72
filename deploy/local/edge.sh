#!/usr/bin/env bash
# The edge of the local stack (HAProxy): the port for clients that are not to be trusted; it hands their
# calls to order-service. Usage: edge.sh up | down | status
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly START_TIMEOUT_S=10
readonly STOP_TIMEOUT_S=5
CONFIG="$LOCAL_STACK_DIR/edge/haproxy.cfg"

listens() { [[ -n "$(ss -Hltn "sport = :$EDGE_PORT")" ]]; }

up() {
  if running_pid edge >/dev/null; then return 0; fi
  # Debian puts it where only root's path goes.
  PATH="$PATH:/usr/sbin"
  require_tool haproxy "the edge"
  require_free_port "$EDGE_PORT" "the edge" EDGE_PORT
  export EDGE_PORT ORDER_GRPC_PORT
  if is_secure; then export EDGE_CERTIFICATES="$CERTIFICATES_DIR"; fi
  start_process edge haproxy -db -f "$CONFIG"
  if ! wait_until "$START_TIMEOUT_S" edge listens; then
    tail -n 20 "$LOG_DIR/edge.log" >&2
    stop_process edge 1
    die "the edge does not listen on port $EDGE_PORT" "Its log: $LOG_DIR/edge.log"
  fi
}

case "${1:-}" in
  up) up ;;
  down) stop_process edge "$STOP_TIMEOUT_S" ;;
  status) running_pid edge ;;
  *) die "usage: edge.sh up|down|status" ;;
esac
