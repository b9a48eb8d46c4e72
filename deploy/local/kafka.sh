#!/usr/bin/env bash
# Kafka of the local stack: KAFKA_NODES KRaft nodes (one) from Maven Central, kept in a cache outside
# the checkout. Usage: kafka.sh fetch | up [NODE] | down [NODE] | kill [NODE] | status [NODE] | wipe
# Without NODE: all of them. up leaves a running broker alone and keeps the data; status prints the pids and
# fails when one does not run; wipe deletes the data of stopped brokers. Every node is broker and
# controller; with three, each topic survives the loss of one.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly START_TIMEOUT_S=60
readonly STOP_TIMEOUT_S=20
LIBS="$ORDERFLOW_CACHE_DIR/kafka-$KAFKA_VERSION"

# Node 1 is called kafka, the others kafka-2 and kafka-3: their processes, folders and logs.
select_node() {
  NODE="$1" NAME=kafka PORT_SETTING=KAFKA_PORT CONTROLLER_PORT_SETTING=KAFKA_CONTROLLER_PORT
  if ((NODE > 1)); then
    NAME="kafka-$NODE" PORT_SETTING="KAFKA_PORT_$NODE" CONTROLLER_PORT_SETTING="KAFKA_CONTROLLER_PORT_$NODE"
  fi
  PORT="${!PORT_SETTING}" CONTROLLER_PORT="${!CONTROLLER_PORT_SETTING}"
  HOME_DIR="$ORDERFLOW_STATE_DIR/$NAME"
}

nodes() { seq 1 "$KAFKA_NODES"; }

# "1@127.0.0.1:<port>,2@..."
voters() {
  local node list=''
  for node in $(nodes); do
    select_node "$node"
    list+="${list:+,}$node@127.0.0.1:$CONTROLLER_PORT"
  done
  echo "$list"
}

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

# A listener of its own for each process that is told to come by another port than it listens on: a
# client goes where the listener that it has come to says (settings.env).
write_listeners() {
  local prefix port advertised protocol=PLAINTEXT controller=PLAINTEXT protocols
  if is_secure; then protocol=SASL_SSL controller=SSL; fi
  protocols="BROKER:$protocol,CONTROLLER:$controller"
  local listeners="BROKER://$BACKENDS_ADDRESS:$PORT,CONTROLLER://127.0.0.1:$CONTROLLER_PORT"
  local advertised_listeners="BROKER://$BACKENDS_ADDRESS:$PORT"
  while read -r _ prefix _; do
    port="KAFKA_PORT_OF_$prefix" advertised="${prefix}_KAFKA_ADVERTISED_PORT"
    [[ -n "${!advertised:-}" ]] || continue
    protocols+=",$prefix:$protocol"
    listeners+=",$prefix://127.0.0.1:${!port}"
    advertised_listeners+=",$prefix://127.0.0.1:${!advertised}"
  done < <(processes)
  echo "listener.security.protocol.map=$protocols"
  echo "listeners=$listeners"
  echo "advertised.listeners=$advertised_listeners"
}

# Whoever may log in.
kafka_users() { echo kafka && process_names; }

# Whoever logs in may do what is granted to it (services.sh topics) and nothing else. Brokers come to controllers
# with their certificate, since a login by SCRAM stands in what the controllers hold.
write_security() {
  is_secure || return 0
  local mechanism user login prefix advertised listener module=plain.PlainLoginModule
  local -a listeners=(broker)
  while read -r _ prefix _; do
    advertised="${prefix}_KAFKA_ADVERTISED_PORT"
    [[ -z "${!advertised:-}" ]] || listeners+=("${prefix,,}")
  done < <(processes)
  mechanism="$(kafka_sasl_mechanism)"
  login="required username=\"kafka\" password=\"$(role_password kafka)\""
  cat <<END
ssl.keystore.type=PEM
ssl.keystore.location=$CERTIFICATES_DIR/kafka.both.pem
ssl.truststore.type=PEM
ssl.truststore.location=$CERTIFICATES_DIR/authority.pem
listener.name.controller.ssl.client.auth=required
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:kafka;User:CN=kafka
sasl.enabled.mechanisms=$mechanism
sasl.mechanism.inter.broker.protocol=$mechanism
END
  if [[ "$mechanism" == PLAIN ]]; then
    for user in $(kafka_users); do login+=" user_$user=\"$(role_password "$user")\""; done
  else
    module=scram.ScramLoginModule
  fi
  for listener in "${listeners[@]}"; do
    echo "listener.name.$listener.${mechanism,,}.sasl.jaas.config=org.apache.kafka.common.security.$module $login;"
  done
}

# The same as arguments of the format tool: with SCRAM the broker keeps them in its own data.
scram_users() {
  is_secure && [[ "$(kafka_sasl_mechanism)" == SCRAM-* ]] || return 0
  local user
  for user in $(kafka_users); do
    printf '%s\n' --add-scram "SCRAM-SHA-512=[name=$user,password=$(role_password "$user")]"
  done
}

write_configuration() {
  mkdir -p "$HOME_DIR"
  {
    cat "$LOCAL_STACK_DIR/kafka/server.properties"
    # The last value of a setting counts.
    echo "node.id=$NODE"
    echo "broker.session.timeout.ms=$KAFKA_SESSION_TIMEOUT_MS"
    write_listeners
    write_security
    echo "controller.quorum.voters=$(voters)"
    echo "log.dirs=$HOME_DIR/data"
    if ((KAFKA_NODES > 1)); then
      echo "default.replication.factor=$KAFKA_NODES"
      echo "offsets.topic.replication.factor=$KAFKA_NODES"
      echo "min.insync.replicas=$((KAFKA_NODES - 1))"
    fi
  } >"$HOME_DIR/server.properties"
}

# The folder appears under its final name only when it is whole.
format_data() {
  [[ -d "$HOME_DIR/data" ]] && return 0
  local properties="$HOME_DIR/format.properties" users
  rm -rf "$HOME_DIR/data.new"
  sed "s|^log.dirs=.*|log.dirs=$HOME_DIR/data.new|" "$HOME_DIR/server.properties" >"$properties"
  mapfile -t users < <(scram_users)
  # Says what a login is checked with, so it is for this account alone.
  (umask 077 && java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp "$LIBS/*" kafka.tools.StorageTool \
    format -t "$(cluster_id)" -c "$properties" "${users[@]}" >"$LOG_DIR/$NAME-format.log" 2>&1) ||
    die "the Kafka data folder could not be made" "See $LOG_DIR/$NAME-format.log"
  mv "$HOME_DIR/data.new" "$HOME_DIR/data"
}

# The same for all nodes: 16 random bytes in URL-safe base64 without padding, as Kafka wants them. Never
# starting with '-'.
cluster_id() {
  local file="$ORDERFLOW_STATE_DIR/kafka/cluster_id"
  [[ -s "$file" ]] || echo "A$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | cut -c2-21)A" >"$file"
  cat "$file"
}

answers() {
  local security=()
  if is_secure; then
    # kcat reads the password from a file: arguments are for everybody to see.
    security=(-F "$HOME_DIR/client.properties")
  fi
  kcat "${security[@]}" -b "$BACKENDS_ADDRESS:$PORT" -L -m 2
}

write_client_configuration() {
  is_secure || return 0
  (
    umask 077
    cat >"$HOME_DIR/client.properties" <<END
security.protocol=sasl_ssl
ssl.ca.location=$CERTIFICATES_DIR/authority.pem
sasl.mechanism=$(kafka_sasl_mechanism)
sasl.username=kafka
sasl.password=$(role_password kafka)
END
  )
}

up() {
  local node
  require_tool java "Kafka"
  require_tool kcat "the check that Kafka answers"
  # All are launched first and awaited then: one alone is no majority.
  for node in "$@"; do
    select_node "$node"
    launch
  done
  for node in "$@"; do
    select_node "$node"
    await_answer
  done
}

launch() {
  # One that is just dying does not count: it stops answering and is started again.
  if wait_until "$START_TIMEOUT_S" "$NAME" answers; then return 0; fi
  fetch
  require_free_port "$PORT" "$NAME" "$PORT_SETTING"
  require_free_port "$CONTROLLER_PORT" "the controller of $NAME" "$CONTROLLER_PORT_SETTING"
  (umask 077 && write_configuration)  # looks at every node
  write_client_configuration
  format_data
  # shellcheck disable=SC2086  # words are variables
  start_process "$NAME" env ${KAFKA_EXTRA_ENV:-} java "-Xmx$KAFKA_HEAP" -XX:+UseSerialGC -XX:+ExitOnOutOfMemoryError \
    -Djava.awt.headless=true -Dlog4j2.configurationFile="$LOCAL_STACK_DIR/kafka/log4j2.properties" \
    -cp "$LIBS/*" kafka.Kafka "$HOME_DIR/server.properties"
}

await_answer() {
  if ! wait_until "$START_TIMEOUT_S" "$NAME" answers; then
    tail -n 20 "$LOG_DIR/$NAME.log" >&2
    stop_process "$NAME" 1
    die "Kafka does not answer on port $PORT" "Its log: $LOG_DIR/$NAME.log"
  fi
}

wipe() {
  running_pid "$NAME" >/dev/null && die "Kafka is running; its data is not deleted." "Run: make down"
  rm -rf "$HOME_DIR"
}

each() {  # command, nodes...
  local command="$1" node
  shift
  for node in "$@"; do
    select_node "$node"
    "$command"
  done
}
stop_node() { stop_process "$NAME" "$STOP_TIMEOUT_S"; }
kill_node() { kill_process "$NAME"; }
print_pid() { running_pid "$NAME"; }

if (($# == 2)); then mapfile -t chosen < <(echo "$2"); else mapfile -t chosen < <(nodes); fi
case "${1:-}" in
  fetch) fetch ;;
  up) up "${chosen[@]}" ;;
  kill) each kill_node "${chosen[@]}" ;;
  down) each stop_node "${chosen[@]}" ;;
  status) each print_pid "${chosen[@]}" ;;
  wipe) each wipe "${chosen[@]}" ;;
  *) die "usage: kafka.sh fetch|up|down|kill|status|wipe [NODE]" ;;
esac
