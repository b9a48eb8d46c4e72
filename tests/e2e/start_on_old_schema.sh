#!/usr/bin/env bash
# Starts inventory-service of the stack on an empty database, with ports of its own, and prints what
# /readyz says and whether the process lives on. Needs stack.env in the environment.
# Usage: start_on_old_schema.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly LOOKS=100 PAUSE_S=0.1
port=$((30000 + RANDOM % 2000))
admin="$(deploy/local/postgres.sh admin-url)"
psql -X -q "$admin" -c 'DROP DATABASE IF EXISTS e2e_empty' -c 'CREATE DATABASE e2e_empty'
mapfile -t settings < <(deploy/local/services.sh env inventory-service)
env -i "${settings[@]}" ORDERFLOW_DATABASE_URL="${admin%/*}/e2e_empty" \
  ORDERFLOW_GRPC_LISTEN=127.0.0.1:0 ORDERFLOW_ADMIN_LISTEN="127.0.0.1:$port" \
  "$ORDERFLOW_BUILD_DIR/bin/inventory-service" >/dev/null 2>&1 &
pid=$!
answer=''
for ((i = 0; i < LOOKS; i++)); do
  answer="$(curl -s -w ' %{http_code}' "http://127.0.0.1:$port/readyz" || true)"
  if [[ "$answer" == *--migrate* ]]; then break; fi
  sleep "$PAUSE_S"
done
echo "$answer"
if kill -0 "$pid"; then echo "still running"; fi
kill "$pid"
wait "$pid" && echo "stopped cleanly"
psql -X -q "$admin" -c 'DROP DATABASE e2e_empty'
