#!/usr/bin/env bash
# A further process of one of our services beside the first, with its settings but for the ports. It is
# recorded as the others are, as ORDINAL-NAME: what a killed run leaves, stack.sh down stops.
# Run in the stack's environment (stack.env). Usage: second_instance.sh NAME GRPC_PORT ADMIN_PORT [ORDINAL]
# ORDINAL: "second" unless given.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/../../deploy/local/lib.sh"

(($# == 3 || $# == 4)) || die "usage: second_instance.sh NAME GRPC_PORT ADMIN_PORT [ORDINAL]"
# It has its own ways to PostgreSQL and Kafka: proxies on the ways of the first one are for that one.
prefix="$(awk -v name="$1" '$1 == name {print $2}' "$LOCAL_STACK_DIR/processes.txt")"
unset "${prefix}_POSTGRES_PORT" "${prefix}_KAFKA_ADVERTISED_PORT"
mapfile -t settings < <("$LOCAL_STACK_DIR/services.sh" env "$1")
# The later of two values counts.
settings+=("ORDERFLOW_GRPC_LISTEN=127.0.0.1:$2" "ORDERFLOW_ADMIN_LISTEN=127.0.0.1:$3")
[[ "$1" != payment-service ]] || settings+=(ORDERFLOW_PAYMENT_WEBHOOK_LISTEN=127.0.0.1:0)
start_process "${4:-second}-$1" env -i PATH="$PATH" LANG=C.UTF-8 TZ=UTC "${settings[@]}" "$ORDERFLOW_BUILD_DIR/bin/$1"
