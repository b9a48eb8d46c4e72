#!/usr/bin/env bash
# Resident memory of each service at half of the rate that is kept up. Setting: FULL_MEMORY_SECONDS.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
# shellcheck source=tests/load/figures/lib.sh
source tests/load/figures/lib.sh

main() {
  local line lines watcher
  figure_stack memory
  prepare_rate
  tests/load/memory.py "$STACK_DIR" "$FULL_MEMORY_SECONDS" >"$STACK_DIR/memory" &
  watcher=$!
  line="$(load "$(percent_of_rate 50)" "$FULL_MEMORY_SECONDS" 0)"
  wait "$watcher"
  echo "run: figure=memory run=1 ${line#load: }"
  if ! kept_up "$line"; then
    echo "memory: the load was not kept up: memory under less says little" >&2
    return 1
  fi
  sed 's/^memory: /memory: figure=memory /' "$STACK_DIR/memory"
  lines="$(grep -c . "$STACK_DIR/memory")"
  echo "bench-full: memory" \
    "max_mib=$(grep -o 'max_mib=[0-9]*' "$STACK_DIR/memory" | cut -d= -f2 | sort -n | tail -n 1)" \
    "growth=$(grep -o 'growth=[0-9.]*' "$STACK_DIR/memory" | cut -d= -f2 | sort -n | tail -n 1)" \
    "services=$lines rate=$(percent_of_rate 50) seconds=$FULL_MEMORY_SECONDS runs=1"
  verdict memory
}

main
