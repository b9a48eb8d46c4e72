#!/usr/bin/env bash
# Follows the logs of everything, or of the named processes. Usage: logs.sh [NAME...]
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

files=()
for name in "$@"; do
  [[ -f "$LOG_DIR/$name.log" ]] || die "there is no log of '$name'." \
    "Known: $(cd "$LOG_DIR" && printf '%s ' *.log)"
  files+=("$LOG_DIR/$name.log")
done
if ((${#files[@]} == 0)); then
  shopt -s nullglob
  for name in postgres kafka mail $(process_names); do
    [[ -f "$LOG_DIR/$name.log" ]] && files+=("$LOG_DIR/$name.log")
  done
  ((${#files[@]} > 0)) || die "there are no logs yet." "Run: make run"
fi
exec tail -n 20 -F "${files[@]}"
