#!/usr/bin/env bash
# The Kafka broker of the local stack: one KRaft node from Maven Central, kept in a cache outside
# the checkout. Usage: kafka.sh fetch | up | down | kill | status | wipe
# up leaves a running broker alone and keeps the data; wipe deletes the data of a stopped broker.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly START_TIMEOUT_S=60
readonly STOP_TIMEOUT_S=20
LIBS="$ORDERFLOW_CACHE_DIR/kafka-$KAFKA_VERSION"
HOME_DIR="$ORDERFLOW_STATE_DIR/kafka"

# Downloads the jars once. They appear under their final name only when all of them are there.
fetch() {
  [[ -d "$LIBS" ]] && return 0
  require_tool mvn "fetching Kafka"
  mkdir -p "$ORDERFLOW_CACHE_DIR"
  (
    flock 9
    [[ -d "$LIBS" ]] && exit 0
    rm -rf "$LIBS.new"
    mvn -q -B -f "$LOCAL_STACK_DIR/kafka/pom.xml" -Dkafka.version="$KAFKA_VERSION" \
      dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$LIBS.new" \
      >"$LOG_DIR/kafka-fetch.log" 2>&1 ||
      die "the Kafka jars could not be fetched from Maven Central." "See $LOG_DIR/kafka-fetch.log"
    mv "$LIBS.new" "$LIBS"
  ) 9>"$ORDERFLOW_CACHE_DIR/kafka.lock"
}

write_configuration() {
  mkdir -p "$HOME_DIR"
  {
    cat "$LOCAL_STACK_DIR/kafka/server.properties"
    echo "broker.session.timeout.ms=$KAFKA_SESSION_TIMEOUT_MS"
    echo "listeners=PLAINTEXT://127.0.0.1:$KAFKA_PORT,CONTROLLER://127.0.0.1:$KAFKA_CONTROLLER_PORT"
    echo "advertised.listeners=PLAINTEXT://127.0.0.1:$KAFKA_ADVERTISED_PORT"
    echo "controller.quorum.voters=1@127.0.0.1:$KAFKA_CONTROLLER_PORT"
    echo "log.dirs=$HOME_DIR/data"
  } >"$HOME_DIR/server.properties"
}

# The folder appears under its final name only when it is whole.
format_data() {
  [[ -d "$HOME_DIR/data" ]] && return 0
  local properties="$HOME_DIR/format.properties"
  rm -rf "$HOME_DIR/data.new"
  sed "s|^log.dirs=.*|log.dirs=$HOME_DIR/data.new|" "$HOME_DIR/server.properties" >"$properties"
  java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$LIBS/*" kafka.tools.StorageTool \
    format -t "$(cluster_id)" -c "$properties" >"$LOG_DIR/kafka-format.log" 2>&1 ||
    die "the Kafka data folder could not be made" "See $LOG_DIR/kafka-format.log"
  mv "$HOME_DIR/data.new" "$HOME_DIR/data"
}

# 16 random bytes in URL-safe base64 without padding, as Kafka wants them. Never starting with '-'.
cluster_id() { echo "A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c2-21)A"; }

answers() { kcat -b "127.0.0.1:$KAFKA_PORT" -L -m 2; }

up() {
  require_tool java "Kafka"
  require_tool kcat "the check that Kafka answers"
  # One that is just dying does not count: it stops answering and is started again.
  if wait_until "$START_TIMEOUT_S" kafka answers; then return 0; fi
  fetch
  require_free_port "$KAFKA_PORT" Kafka KAFKA_PORT
  require_free_port "$KAFKA_CONTROLLER_PORT" "the Kafka controller" KAFKA_CONTROLLER_PORT
  write_configuration
  format_data
  # shellcheck disable=SC2086  # words are variables
  start_process kafka env ${KAFKA_EXTRA_ENV:-} java "-Xmx$KAFKA_HEAP" -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
    -Djava.awt.headless=true -Dlog4j2.configurationFile="$LOCAL_STACK_DIR/kafka/log4j2.properties" \
    -cp "$LIBS/*" kafka.Kafka "$HOME_DIR/server.properties"
  if ! wait_until "$START_TIMEOUT_S" kafka answers; then
    tail -n 20 "$LOG_DIR/kafka.log" >&2
    stop_process kafka 1
    die "Kafka does not answer on port $KAFKA_PORT" "Its log: $LOG_DIR/kafka.log"
  fi
}

wipe() {
  running_pid kafka >/dev/null && die "Kafka is running; its data is not deleted." "Run: make down"
  rm -rf "$HOME_DIR"
}

case "${1:-}" in
  fetch) fetch ;;
  up) up ;;
  kill) kill_process kafka ;;
  down) stop_process kafka "$STOP_TIMEOUT_S" ;;
  status) running_pid kafka ;;
  wipe) wipe ;;
  *) die "usage: kafka.sh fetch|up|down|kill|status|wipe" ;;
esac
