#!/usr/bin/env bash
# Lints proto/ with buf by the rules of proto/buf.yaml. buf comes from npm, once per machine, into a
# cache outside the checkout.
#
# usage: proto_lint.sh [FOLDER]   (default: proto)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

readonly BUF_VERSION=1.75.0
readonly CACHE="${XDG_CACHE_HOME:-$HOME/.cache}/orderflow/npm/buf-$BUF_VERSION"
readonly BUF="$CACHE/node_modules/.bin/buf"

install_buf() {
  if ! command -v npm >/dev/null; then
    echo "proto_lint: npm is not installed. Fix: run make install" >&2
    exit 1
  fi
  mkdir -p "$CACHE"
  # Two runs at the same time must not install over each other.
  exec 9>"$CACHE/.lock"
  flock 9
  if [[ ! -x $BUF ]]; then
    echo "proto_lint: installing buf $BUF_VERSION into $CACHE"
    npm install --prefix "$CACHE" --no-audit --no-fund --silent "@bufbuild/buf@$BUF_VERSION"
  fi
  exec 9>&-
}

[[ -x $BUF ]] || install_buf
folder=${1:-proto}
if ! "$BUF" lint "$folder" --error-format=text; then
  echo "proto_lint: each line says the rule; buf's documentation of lint rules says how to fix it" >&2
  exit 1
fi
echo "proto_lint: $folder, no findings"
