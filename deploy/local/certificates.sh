#!/usr/bin/env bash
# Certificates of a secure local stack (SECURE=1): an authority, and one certificate for each process that
# serves or calls. Usage: certificates.sh up | renew NAME
# up makes what is not there yet; renew replaces one while its process runs. A production deployment gets
# its certificates from its own authority (docs/operations.md).
set -euo pipefail
# shellcheck source=deploy/local/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

readonly VALID_DAYS=365

authority() {
  [[ -s "$CERTIFICATES_DIR/authority.pem" ]] && return 0
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "$VALID_DAYS" \
    -subj "/CN=Orderflow local stack" -addext "basicConstraints=critical,CA:TRUE" \
    -addext "keyUsage=critical,keyCertSign,cRLSign" \
    -keyout "$CERTIFICATES_DIR/authority.key" -out "$CERTIFICATES_DIR/authority.pem.new"
  mv "$CERTIFICATES_DIR/authority.pem.new" "$CERTIFICATES_DIR/authority.pem"
}

# Everything is on this machine, so each certificate names it; who it belongs to says the SPIFFE id
# (https://spiffe.io). Each file appears whole, the key first.
issue() {
  local name="$1" file="$CERTIFICATES_DIR/$1"
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$name" \
    -keyout "$file.key.new" -out "$file.csr"
  openssl x509 -req -in "$file.csr" -CA "$CERTIFICATES_DIR/authority.pem" -CAkey "$CERTIFICATES_DIR/authority.key" \
    -days "$VALID_DAYS" -out "$file.pem.new" -extfile <(
      echo "basicConstraints=critical,CA:FALSE"
      echo "extendedKeyUsage=serverAuth,clientAuth"
      echo "subjectAltName=DNS:localhost,DNS:$name,IP:127.0.0.1,URI:spiffe://orderflow.local/$name"
    )
  rm -f "$file.csr"
  mv "$file.key.new" "$file.key"
  mv "$file.pem.new" "$file.pem"
  # Kafka and HAProxy want both in one file.
  cat "$file.key" "$file.pem" >"$file.both.pem"
}

up() {
  local name
  require_tool openssl "a stack with SECURE=1"
  mkdir -p "$CERTIFICATES_DIR"
  authority
  for name in postgres kafka edge "$OPERATOR" $(process_names); do
    if [[ ! -s "$CERTIFICATES_DIR/$name.both.pem" ]]; then issue "$name"; fi
  done
}

LOG="$LOG_DIR/certificates.log"
explain_failure() {
  local code="$?"
  if ((code != 0)); then
    tail -n 5 "$LOG" >&3
    say "error: the certificates could not be made; see $LOG" >&3
  fi
  exit "$code"
}

umask 077
exec 3>&2 >"$LOG" 2>&1
trap explain_failure EXIT
case "${1:-}" in
  up) up ;;
  renew) issue "${2:?usage: certificates.sh renew NAME}" ;;
  *) die "usage: certificates.sh up|renew NAME" ;;
esac
