#!/usr/bin/env bash
# On a running stack with SECURE=1: whoever has the login of one process can read, write and join at Kafka what
# docs/topic-rights.md says for that process, and nothing else.
# Usage: kafka_rights.sh DIR (of the stack); prints how often somebody was refused.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
local_stack="$here/../../deploy/local"
dir="$(cd "${1:?usage: kafka_rights.sh DIR}" && pwd)"
set -a
# shellcheck disable=SC1091  # written by stack.sh
source "$dir/stack.env"
set +a
order_service="$ORDERFLOW_BUILD_DIR/bin/order-service"
readonly WAIT_S=20

fail() {
  echo "kafka rights: FAILED: $1" >&2
  exit 1
}

login() {  # principal: its settings for kcat, in a file since arguments are for everybody to see
  local settings
  settings="$("$local_stack/services.sh" env "$1")"
  (
    umask 077
    sed "s/^sasl.username=.*/sasl.username=$1/; /^sasl.password=/d" "$dir/kafka/client.properties" >"$dir/login.properties"
    sed -n 's/^ORDERFLOW_KAFKA_SASL_PASSWORD=/sasl.password=/p' <<<"$settings" >>"$dir/login.properties"
  )
}

as_login() { timeout "$WAIT_S" kcat -F "$dir/login.properties" -b "$ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS" "$@" 2>&1; }
read_topic() { as_login -C -t "$1" -o beginning -e -q -c 1 >"$dir/answer.txt"; }
join_group() { as_login -G "$1" -e -q -c 1 "$2" >"$dir/answer.txt"; }
write_topic() { echo stray | as_login -P -t "$1" -X message.timeout.ms=5000 >"$dir/answer.txt"; }

refused_count=0
refused() {  # what, command...
  local what="$1"
  shift
  ! "$@" || fail "$what"
  grep -qi 'authorization failed' "$dir/answer.txt" || fail "of who should be refused ($what) Kafka says: $(<"$dir/answer.txt")"
  refused_count=$((refused_count + 1))
}

names() { tr -cs 'a-z.-' '\n' | sed '/^$/d'; }  # of cells
has() { grep -qF "\`$2\`" <<<"$1"; }  # cell, name

mapfile -t rows < <("$order_service" --describe-topic-rights | tail -n +3)
mapfile -t topics < <(printf '%s\n' "${rows[@]}" | awk -F'|' '{print $4 $5}' | names | sort -u)
((${#rows[@]} == 5 && ${#topics[@]} == 8)) || fail "the table of rights is not what it was: ${#rows[@]} rows, ${#topics[@]} topics"
for row in "${rows[@]}"; do
  IFS='|' read -r _ principal groups reads writes _ <<<"$row"
  principal="$(tr -d '` ' <<<"$principal")"
  login "$principal"
  for topic in "${topics[@]}"; do
    if has "$reads" "$topic"; then
      read_topic "$topic" || fail "$principal cannot read $topic: $(<"$dir/answer.txt")"
    else
      refused "$principal reads $topic" read_topic "$topic"
    fi
    # That they can write what they may, the orders of this stack show.
    has "$writes" "$topic" || refused "$principal writes $topic" write_topic "$topic"
  done
  topic="$(names <<<"$reads" | head -n 1)"
  for group in payment-service inventory-service notification-service saga-orchestrator; do
    has "$groups" "$group" || refused "$principal joins the group $group" join_group "$group" "$topic"
  done
  # Nor does it grant itself more.
  mapfile -t environment < <("$local_stack/services.sh" env order-service | grep -v '^ORDERFLOW_KAFKA_SASL_')
  mapfile -t own < <("$local_stack/services.sh" env "$principal" | grep '^ORDERFLOW_KAFKA_SASL_')
  grant() { env -i PATH="$PATH" "${environment[@]}" "${own[@]}" "$order_service" --grant-topic-rights >"$dir/answer.txt" 2>&1; }
  refused "$principal grants rights" grant
done
rm -f "$dir/login.properties"
echo "kafka rights: principals=${#rows[@]} topics=${#topics[@]} refused=$refused_count"
