#!/usr/bin/env bash
# Fetches, once, the definitions of the OpenTelemetry protocol as Python classes (PyPI), with which e2e_traces parses what
# our exporter sends. Prints the folder to import them from.
# Usage: otlp_definitions.sh
# Another list of versions, another folder: a changed one is fetched anew.
set -euo pipefail

REQUIREMENTS="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/otlp_requirements.txt"
CACHE="${ORDERFLOW_CACHE_DIR:-$HOME/.cache/orderflow}"
LOG="$CACHE/otlp-fetch.log"
FOLDER="$CACHE/otlp-$(cat "${BASH_SOURCE[0]}" "$REQUIREMENTS" | sha256sum | cut -c1-12)"

die() {
  echo "the protocol's definitions cannot be had: $1; see $LOG" >&2
  exit 1
}

if [[ ! -d "$FOLDER" ]]; then
  mkdir -p "$CACHE"
  new="$(mktemp -d "$FOLDER.XXXXXX")"
  trap 'rm -rf "$new"' EXIT
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --require-hashes \
    --requirement "$REQUIREMENTS" --dest "$new/wheels" >"$LOG" 2>&1 || die "pip"
  for wheel in "$new"/wheels/*.whl; do
    python3 -m zipfile -e "$wheel" "$new" >"$LOG" 2>&1 || die "unpacking"
  done
  rm -r "$new/wheels"
  [[ -d "$FOLDER" ]] || mv "$new" "$FOLDER"
fi
echo "$FOLDER"
