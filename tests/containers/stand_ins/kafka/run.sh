#!/usr/bin/env bash
# Writes the broker's settings from KAFKA_* (one underscore is a dot, two are an underscore, three a hyphen),
# formats the data folder with CLUSTER_ID at the first start, and becomes the broker.
set -euo pipefail
readonly PROPERTIES=/etc/kafka/kafka.properties

env | while IFS='=' read -r name value; do
  case "$name" in
    KAFKA_HEAP_OPTS | KAFKA_OPTS | KAFKA_JVM_PERFORMANCE_OPTS | KAFKA_LOG4J_OPTS | KAFKA_JMX_*) ;;
    KAFKA_*)
      name="${name#KAFKA_}"
      name="$(sed 's/___/-/g; s/__/\x01/g; s/_/./g; s/\x01/_/g' <<<"${name,,}")"
      echo "$name=$value"
      ;;
  esac
done >"$PROPERTIES"

java() { command java -Djava.awt.headless=true -cp '/opt/kafka/libs/*' "$@"; }
if ! result="$(java -Xmx128m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 kafka.tools.StorageTool format \
  --cluster-id="${CLUSTER_ID:-5L6g3nShT-eMCtK--X86sw}" -c "$PROPERTIES" 2>&1)"; then
  grep -qi 'already formatted' <<<"$result" || { echo "$result" >&2 && exit 1; }
fi
# shellcheck disable=SC2086  # words are options
exec env java ${KAFKA_HEAP_OPTS:--Xmx1G} ${KAFKA_JVM_PERFORMANCE_OPTS:-} \
  -Dlog4j2.configurationFile=/opt/kafka/config/log4j2.properties -cp '/opt/kafka/libs/*' kafka.Kafka "$PROPERTIES"
