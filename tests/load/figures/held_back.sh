# shellcheck shell=bash
# Accepting alone; sourced by figures that need it, after lib.sh.

readonly HELD_BACK_START_TIMEOUT_S=30

# Leaves order-service and an inventory-service that answers for prices but consumes nothing. Orders stay PENDING.
hold_sagas_back() {
  local nobody deadline=$((SECONDS + HELD_BACK_START_TIMEOUT_S))
  # shellcheck source=deploy/local/ports.sh
  source deploy/local/ports.sh
  nobody="$(free_ports 1)"
  deploy/local/services.sh down >&2
  # It is not ready without Kafka, so that is not waited for, but for an answer.
  INVENTORY_EXTRA_ENV="ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS=127.0.0.1:$nobody" \
    deploy/local/services.sh launch inventory-service >&2
  until "$BIN/loadgen" --skus 1 seed 2>/dev/null; do
    if ((SECONDS > deadline)); then
      echo "error: inventory-service does not answer without Kafka" >&2
      return 1
    fi
    sleep 0.2
  done
  ORDER_EXTRA_ENV="ORDERFLOW_ADMISSION_WORK_TARGET_MS=600000" deploy/local/services.sh launch order-service >&2
  until "$BIN/loadgen" --skus "$SKUS" accept --rate 1 --seconds 1 --warmup 0 2>/dev/null | grep -c ' errors=0 ' >/dev/null; do
    if ((SECONDS > deadline)); then
      echo "error: order-service does not accept while sagas are held back" >&2
      return 1
    fi
    sleep 0.2
  done
}

orders_stored() {
  psql -X -A -t -c 'SELECT count(*) FROM orders' "$(deploy/local/postgres.sh admin-url orders)"
}
