#!/usr/bin/env bash
# Stops the local stack and deletes its data, logs and secrets. Downloads stay in the cache.
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# Never the folder of something else: only one that holds what the scripts made.
[[ "$ORDERFLOW_STATE_DIR" != / && -d "$ORDERFLOW_STATE_DIR/pids" ]] ||
  die "$ORDERFLOW_STATE_DIR is not a state folder of the local stack; nothing deleted."
"$LOCAL_STACK_DIR/down.sh"
"$LOCAL_STACK_DIR/observability.sh" wipe
"$LOCAL_STACK_DIR/kafka.sh" wipe
"$LOCAL_STACK_DIR/postgres.sh" wipe
for part in logs pids secrets certificates tokens secure mail huge_pages_before; do rm -rf "${ORDERFLOW_STATE_DIR:?}/$part"; done
rmdir "$ORDERFLOW_STATE_DIR" 2>/dev/null || true
say "Data deleted."
