#!/usr/bin/env bash
# Builds the checks with planted bugs in them, activates one bug after the other, and wants each to be noticed.
# Usage: planted_bugs.sh [--short] [--only NAME,...] [--write-seeds]      as run.py beside it
# Last line: planted bugs: caught=<n> of=<n>
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly BACKENDS=build/planted/backends  # where the integration tests look
targets_text="$(python3 tests/planted_bugs/table.py --targets "$@")"
mapfile -t targets <<<"$targets_text"

deploy/local/build.sh planted "${targets[@]}"
if [[ "${targets[*]}" == *integration* ]]; then
  trap 'deploy/local/test_backends.sh down "$BACKENDS"' EXIT
  deploy/local/test_backends.sh up "$BACKENDS"
fi
python3 tests/planted_bugs/run.py "$@"
