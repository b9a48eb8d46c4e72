#!/usr/bin/env bash
# Brings the whole stack up: builds, starts what does not run yet, places a few orders, and says
# where everything is. What runs already is left alone and data is kept.
# Usage: up.sh [--no-build] [--no-demo] [--obs]
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

build=yes demo=yes obs=no
for argument in "$@"; do
  case "$argument" in
    --no-build) build=no ;;
    --no-demo) demo=no ;;
    --obs) obs=yes ;;
    *) die "usage: up.sh [--no-build] [--no-demo] [--obs]" ;;
  esac
done

# step "text" command...: its output appears only when it fails.
step() {
  local text="$1"
  shift
  step_begin "$text"
  "$@" </dev/null || die "make run stopped at: $text" "What is up stays up: make status, make logs, make down"
  step_done
}

orderctl() {
  local identity
  mapfile -t identity < <(operator_environment)
  env -u ORDERFLOW_STATE_DIR -u ORDERFLOW_PORT_SHIFT "${identity[@]}" \
    ORDERFLOW_ORDER_ADDRESS="127.0.0.1:$ORDER_GRPC_PORT" ORDERFLOW_SAGA_ADDRESS="127.0.0.1:$SAGA_GRPC_PORT" \
    ORDERFLOW_PAYMENT_ADDRESS="127.0.0.1:$PAYMENT_GRPC_PORT" \
    ORDERFLOW_INVENTORY_ADDRESS="127.0.0.1:$INVENTORY_GRPC_PORT" \
    ORDERFLOW_NOTIFICATION_ADDRESS="127.0.0.1:$NOTIFICATION_GRPC_PORT" \
    "$ORDERFLOW_BUILD_DIR/bin/orderctl" "$@"
}

fetch_downloads() {
  local failed=0
  "$LOCAL_STACK_DIR/kafka.sh" fetch &
  "$LOCAL_STACK_DIR/mail.sh" fetch || failed=1
  wait "$!" || failed=1
  return "$failed"
}

# Items of our own next to those that the demo makes for itself. Repeatable.
seed_catalogue() {
  local sku price name
  while IFS='|' read -r sku price name; do
    orderctl item upsert "$sku" --price "$price" --currency EUR --name "$name" >"$LOG_DIR/seed.log" 2>&1 || {
      cat "$LOG_DIR/seed.log" >&2
      return 1
    }
  done <"$LOCAL_STACK_DIR/catalogue.txt"
}

# A line of its own while Prometheus runs.
prometheus_line() {
  if running_pid prometheus >/dev/null; then
    printf '\n  Prometheus  http://127.0.0.1:%s (rules, alerts)' "$PROMETHEUS_PORT"
  fi
}

summary() {
  local ctl="${ORDERFLOW_BUILD_DIR#"$REPO_ROOT"/}/bin/orderctl" shift_prefix='' protection=plaintext
  [[ "$ORDERFLOW_PORT_SHIFT" == 0 ]] || shift_prefix="ORDERFLOW_PORT_SHIFT=$ORDERFLOW_PORT_SHIFT "
  if is_secure; then
    protection='TLS, bearer tokens'
    say ""
    say "To call the services as the operator:"
    operator_environment | sed 's/^/  export /'
  fi
  cat <<END

${BOLD}Orderflow is up.${RESET}
  order API   127.0.0.1:$ORDER_GRPC_PORT (gRPC, $protection, loopback only; with the limits of a public edge: $EDGE_PORT)
  metrics     http://127.0.0.1:$ORDER_ADMIN_PORT/metrics (order-service; the others: make status)
  mailbox     http://127.0.0.1:$MAIL_WEB_PORT
  database    make psql DB=orders
  logs        $LOG_DIR (make logs)$(prometheus_line)

Try next:
  ${shift_prefix}$ctl order list
  ${shift_prefix}$ctl order create --customer ann --item DEMO-TEA=2 --token tok_approve --wait
  ${shift_prefix}$ctl demo --orders 1000
  make status | make logs | make down | make reset
END
}

started_ms="$(now_ms)"
cd "$REPO_ROOT"
say "${BOLD}Starting Orderflow${RESET}"
if is_secure; then
  say "  encrypted and authenticated (SECURE=1, which $ORDERFLOW_STATE_DIR remembers)"
fi
remember_secure
if [[ "$build" == yes ]]; then
  say "  .. building build/release (minutes the first time; ccache makes the next one quick)"
  STEP_TEXT="build" STEP_STARTED_MS="$(now_ms)"
  # What runs and the tool to talk to it; tests and benchmarks are as much again.
  mapfile -t processes < <(process_names)
  "$LOCAL_STACK_DIR/build.sh" release orderctl "${processes[@]}"
  step_done
fi
step "Kafka and mail catcher fetched (once)" fetch_downloads
if is_secure; then
  step "certificates" "$LOCAL_STACK_DIR/certificates.sh" up
  step "tokens" "$LOCAL_STACK_DIR/tokens.sh" up
fi
step "PostgreSQL on port $POSTGRES_PORT" "$LOCAL_STACK_DIR/postgres.sh" up
step "databases and roles" "$LOCAL_STACK_DIR/postgres.sh" databases
step "Kafka on port $KAFKA_PORT" "$LOCAL_STACK_DIR/kafka.sh" up
step "migrations" "$LOCAL_STACK_DIR/services.sh" migrate
step "Kafka topics" "$LOCAL_STACK_DIR/services.sh" topics
step "mail catcher, mailbox on port $MAIL_WEB_PORT" "$LOCAL_STACK_DIR/mail.sh" up
step "services, order API on port $ORDER_GRPC_PORT" "$LOCAL_STACK_DIR/services.sh" up
step "edge on port $EDGE_PORT" "$LOCAL_STACK_DIR/edge.sh" up
if [[ "$obs" == yes ]]; then
  step "Prometheus on port $PROMETHEUS_PORT, and the checker" "$LOCAL_STACK_DIR/observability.sh" up
fi
step "catalogue" seed_catalogue
if [[ "$demo" == yes ]]; then
  say "  .. placing $DEMO_ORDERS orders, one for every outcome"
  STEP_TEXT="orders placed and settled" STEP_STARTED_MS="$(now_ms)"
  orderctl demo --orders "$DEMO_ORDERS" || die "the orders did not all end as they should" "See make logs"
  step_done
fi
say "  took $((($(now_ms) - started_ms) / 1000)) s"
summary
