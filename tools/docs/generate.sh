#!/usr/bin/env bash
# Writes the pages that the binaries themselves know best, docs/settings.md and docs/sagas.md, and
# docs/planted-bugs.md from its table.
#
#   tools/docs/generate.sh <folder of the binaries>           write them
#   tools/docs/generate.sh <folder of the binaries> --check   fail when they are not current
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
bin=${1:?usage: tools/docs/generate.sh <folder of the binaries> [--check]}
services=(order-service saga-orchestrator inventory-service payment-service notification-service
  payment-provider-simulator)

settings_page() {
  cat <<'PAGE'
# Settings

Every process reads its settings from the environment; a wrong, missing or unknown `ORDERFLOW_*`
setting stops it at the start, with all of them named. Printed by `--settings-markdown` of each
binary; do not edit by hand (`make docs`).
PAGE
  local service
  for service in "${services[@]}"; do
    printf '\n## %s\n\n' "$service"
    "$bin/$service" --settings-markdown
  done
}

sagas_page() {
  cat <<'PAGE'
# Sagas

Printed by `saga-orchestrator --describe-sagas` from the definitions that it runs; do not edit by
hand (`make docs`).

PAGE
  "$bin/saga-orchestrator" --describe-sagas
}

planted_bugs_page() {
  python3 "$root/tests/planted_bugs/table.py" --markdown
}

# Writes one page, or compares it.
page() {
  local file=$root/docs/$1 new
  new=$("$2")
  if [[ $mode == check ]]; then
    if ! diff -u "$file" - <<<"$new"; then
      echo "docs/$1 is not what the binaries say; run: make docs" >&2
      return 1
    fi
  else
    printf '%s\n' "$new" >"$file"
  fi
}

mode="write"
[[ ${2:-} != --check ]] || mode="check"
page settings.md settings_page
page sagas.md sagas_page
page planted-bugs.md planted_bugs_page
