#!/usr/bin/env bash
# Says what of the local stack is up. Exit code 0 when everything is, 1 otherwise.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

all_up=yes

line() {  # name, state, pid, where
  local colour="$GREEN"
  if [[ "$2" != ready ]]; then colour="$RED" all_up=no; fi
  printf '%-27s %s%-18s%s %-8s %s\n' "$1" "$colour" "$2" "$RESET" "${3:--}" "$4"
}

backend() {  # name, script, where
  local pid
  if pid="$("$LOCAL_STACK_DIR/$2" status)"; then
    line "$1" ready "$pid" "$3"
  else
    line "$1" 'not running' '' "$3"
  fi
}

backend PostgreSQL postgres.sh "127.0.0.1:$POSTGRES_PORT"
backend Kafka kafka.sh "127.0.0.1:$KAFKA_PORT"
backend 'mail catcher' mail.sh "http://127.0.0.1:$MAIL_WEB_PORT  SMTP 127.0.0.1:$MAIL_SMTP_PORT"
backend edge edge.sh "127.0.0.1:$EDGE_PORT"
if pid="$("$LOCAL_STACK_DIR/observability.sh" status)"; then
  line Prometheus ready "$pid" "http://127.0.0.1:$PROMETHEUS_PORT"
fi
while IFS='|' read -r name state pid where; do
  line "$name" "$state" "$pid" "$where"
done < <("$LOCAL_STACK_DIR/services.sh" status)
[[ "$all_up" == yes ]]
